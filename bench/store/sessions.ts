// SPDX-License-Identifier: Apache-2.0

/** Points, windows and appends of the session store, against the floor and against peers. */

import { openSessionStore } from "@sigil/store/sqlite";
import type { SessionStore } from "@sigil/store";
import { openFloor } from "../_floor.ts";
import type { Context } from "./_context.ts";
import { type Contender, each, eachAwaited, interleave } from "./_measure.ts";
import { type PeerProcess, startPeers } from "./_peer_process.ts";
import { type Findings, inBestUnit, type Row } from "./_report.ts";
import { openByHand, prepare } from "./_sql_by_hand.ts";

const CONTENT = "A message as people write them: a sentence or two, and seldom more. ".repeat(
  2,
);
const STORED = 1000;
const BY_HAND = "by hand";
const DURABILITIES = ["normal", "full"] as const;
const GROUPS = [1, 16, 256];
const APPEND_TARGETS: Readonly<Record<string, number>> = {
  "normal 16": 3.5,
  "normal 256": 7,
  "full 16": 10,
  "full 256": 40,
};

/** Measures the rows `read`, `window` and `append`. */
export async function measureSessions(context: Context): Promise<Findings> {
  if (!["read", "window", "append"].some(context.wants)) {
    return { rows: [], growths: [] };
  }
  await using peers = await openPeers(context);
  const rows: Row[] = [];
  for (const durability of DURABILITIES) {
    rows.push(...await measureAt(durability, context, peers.started));
  }
  return { rows, growths: [] };
}

async function measureAt(
  durability: "normal" | "full",
  context: Context,
  peers: readonly PeerProcess[],
): Promise<Row[]> {
  const path = `${context.folder}/sessions-${durability}.db`;
  await using store = await openSessionStore(path, { durability });
  using floor = openFloor(
    `${context.folder}/floor-${durability}.db`,
    durability,
  );
  await store.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
  let last = 0;
  const appendOurs = async (count: number) => {
    await Promise.all(
      Array.from(
        { length: count },
        () => store.appendMessage("s1", message(++last)),
      ),
    );
  };
  const appendFloor = (count: number) => {
    for (let n = 0; n < count; n++) floor.append(`m${++last}`, CONTENT);
  };
  await appendOurs(STORED);
  appendFloor(STORED);
  const ready = await openAll(peers, durability, context);
  const rows = durability === "normal"
    ? await measureReads(context, store, path, floor, ready)
    : [];
  if (context.wants("append")) {
    for (const count of GROUPS) {
      context.say(`append, ${count} at once, durability ${durability}`);
      const groups = Math.ceil(
        (context.isQuick ? 1024 : 8192) /
          (count * (durability === "full" ? 4 : 1)),
      );
      const figures = await interleave([
        perMessage(
          count,
          eachAwaited("Sigil", groups, () => appendOurs(count)),
        ),
        perMessage(count, each(BY_HAND, groups, () => appendFloor(count))),
        ...ready.map((peer) => remote(peer, "append", groups, count, CONTENT)),
      ], context.rounds);
      const target = APPEND_TARGETS[`${durability} ${count}`];
      rows.push(inBestUnit({
        row: "append",
        what: `append a message, ${count} at once, durability ${durability}`,
        figures,
        ...(target === undefined ? {} : { target: { faster: target } }),
      }));
    }
  }
  for (const peer of ready) await peer.call("close");
  return rows;
}

async function measureReads(
  context: Context,
  store: SessionStore,
  path: string,
  floor: ReturnType<typeof openFloor>,
  peers: readonly PeerProcess[],
): Promise<Row[]> {
  const rows: Row[] = [];
  const times = context.isQuick ? 500 : 4000;
  if (context.wants("read")) {
    context.say("point read");
    using session = openSessionByHand(path);
    const readers = peers.filter(({ name }) => !name.includes("langgraph"));
    const figures = await interleave([
      eachAwaited("Sigil", times, () => store.getSession("s1")),
      each(BY_HAND, times, () => session.get("s1")),
      ...readers.map((peer) => remote(peer, "read", times)),
    ], context.rounds);
    rows.push(
      inBestUnit({
        row: "read",
        what: "one session by its id",
        figures,
        target: { faster: 0.9 },
      }),
    );
  }
  if (context.wants("window")) {
    context.say("window of 20");
    const figures = await interleave([
      eachAwaited("Sigil", times / 4, () => store.getActiveWindow("s1", 20)),
      each(BY_HAND, times / 4, () => floor.window(20)),
      ...peers.map((peer) => remote(peer, "window", times / 4)),
    ], context.rounds);
    rows.push(
      inBestUnit({
        row: "window",
        what: "the newest 20 messages",
        figures,
        target: { faster: 0.9 },
      }),
    );
  }
  return rows;
}

const SESSION_COLUMNS = `id, workspace_id, user_id, summary, last_compaction, model_override,
  tool_max_per_turn, tool_max_per_session, tool_used, token_max_per_session, token_max_per_hour,
  token_max_per_day, token_used_session, token_used_hour, token_used_day, status, created_at, updated_at`;

/** Reads the very table of the store: the same columns into the same object, without the store. */
function openSessionByHand(
  path: string,
): Disposable & { get(id: string): unknown } {
  const database = openByHand(path);
  const select = prepare(
    database,
    `SELECT ${SESSION_COLUMNS} FROM sessions WHERE id = ?`,
  );
  return {
    get: (id) => toSession(select.get(id) ?? []),
    [Symbol.dispose]: () => database.close(),
  };
}

function toSession(row: readonly unknown[]): unknown {
  return {
    id: row[0],
    workspaceId: row[1],
    userId: row[2],
    summary: row[3],
    lastCompaction: row[4] === null ? null : new Date(Number(row[4])),
    modelOverride: row[5],
    toolBudget: {
      maxCallsPerTurn: row[6],
      maxCallsPerSession: row[7],
      used: row[8],
    },
    tokenBudget: {
      maxPerSession: row[9],
      maxPerHour: row[10],
      maxPerDay: row[11],
      usedSession: row[12],
      usedHour: row[13],
      usedDay: row[14],
    },
    status: row[15],
    createdAt: new Date(Number(row[16])),
    updatedAt: new Date(Number(row[17])),
  };
}

function message(number: number) {
  return { id: `m${number}`, role: "user", content: CONTENT } as const;
}

/** Brings the time of a group of messages down to one of them. */
function perMessage(count: number, contender: Contender): Contender {
  return {
    name: contender.name,
    round: async () => await contender.round() / count,
  };
}

function remote(
  peer: PeerProcess,
  call: string,
  ...values: unknown[]
): Contender {
  return { name: peer.name, round: () => peer.call(call, ...values) };
}

async function openPeers(context: Context) {
  await using stack = new AsyncDisposableStack();
  const started = await startPeers(context);
  for (const peer of started) stack.use(peer);
  const owned = stack.move();
  return { started, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Gives the peers that could be opened, and says of each other why not. */
async function openAll(
  peers: readonly PeerProcess[],
  durability: string,
  context: Context,
): Promise<readonly PeerProcess[]> {
  const ready: PeerProcess[] = [];
  for (const [index, peer] of peers.entries()) {
    try {
      const path = `${context.folder}/peer-${index}-${durability}.db`;
      await peer.call("open", path, durability, CONTENT, STORED);
      ready.push(peer);
    } catch (error) {
      context.say(
        `${peer.name} is left out: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  return ready;
}
