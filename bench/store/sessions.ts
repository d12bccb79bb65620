// SPDX-License-Identifier: Apache-2.0

/** Points, windows and appends of the session store, against the floor and against peers. */

import { openSessionStore } from "@sigil/store/sqlite";
import type { SessionStore } from "@sigil/store";
import { type Floor, openFloor } from "../_floor.ts";
import type { Context } from "./_context.ts";
import { type Contender, each, eachAwaited, interleave } from "./_measure.ts";
import { type PeerProcess, startPeers } from "./_peer_process.ts";
import { format, inBestUnit } from "./_report.ts";
import { openSessionsByHand } from "./_sessions_by_hand.ts";

const CONTENT = "A message as people write them: a sentence or two, and seldom more. ".repeat(
  2,
);
const STORED = 1000;
/** More than any cache of the store holds. */
const MANY_SESSIONS = 20_000;
const SESSIONS_WITH_WINDOW = 1000;
const WINDOW = 20;
/** Goes through sessions in an order of no use to a cache; has no divisor in common with their number. */
const STRIDE = 7919;
/** Peers are slow enough that fewer writes tell as much. */
const MAX_PEER_APPENDS = 1024;
const BY_HAND = "by hand";
const TOGETHER = "by hand, one transaction";
let lastMessage = 0;
const DURABILITIES = ["normal", "full"] as const;
const GROUPS = [1, 16, 256];
const APPEND_TARGETS: Readonly<Record<string, number>> = {
  "normal 16": 3.5,
  "normal 256": 7,
  "full 16": 10,
  "full 256": 40,
};

/** Measures the rows `read`, `window` and `append`. */
export async function measureSessions(context: Context): Promise<void> {
  if (!["read", "window", "append"].some(context.wants)) return;
  await using peers = await openPeers(context);
  for (const durability of DURABILITIES) {
    await measureAt(durability, context, peers.started);
  }
}

async function measureAt(
  durability: "normal" | "full",
  context: Context,
  peers: readonly PeerProcess[],
): Promise<void> {
  const path = `${context.folder}/sessions-${durability}.db`;
  await using store = await openSessionStore(path, { durability });
  using floor = openFloor(`${context.folder}/floor-${durability}.db`, durability);
  using together = openFloor(`${context.folder}/together-${durability}.db`, durability);
  await store.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
  await appendTo(store, STORED);
  for (let n = 0; n < STORED; n++) {
    floor.append(nextId(), CONTENT);
    together.append(nextId(), CONTENT);
  }
  const ready = await openAll(peers, durability, context);
  if (durability === "normal") await measureReads(context, store, path, ready);
  if (context.wants("append")) {
    for (const count of GROUPS) {
      const floors = { floor, together };
      await measureAppends(context, store, floors, ready, { durability, count });
    }
  }
  for (const peer of ready) await peer.call("close");
}

async function measureAppends(
  context: Context,
  store: SessionStore,
  { floor, together }: Readonly<Record<"floor" | "together", Floor>>,
  peers: readonly PeerProcess[],
  { durability, count }: { readonly durability: string; readonly count: number },
): Promise<void> {
  context.say(`append, ${count} at once, durability ${durability}`);
  const appends = (context.isQuick ? 1024 : 8192) / (durability === "full" ? 4 : 1);
  const groups = Math.ceil(appends / count);
  const peerGroups = Math.ceil(Math.min(appends, MAX_PEER_APPENDS) / count);
  const figures = await interleave([
    perMessage(count, eachAwaited("Sigil", groups, () => appendTo(store, count))),
    perMessage(
      count,
      each(BY_HAND, groups, () => {
        for (let n = 0; n < count; n++) floor.append(nextId(), CONTENT);
      }),
    ),
    ...count === 1 ? [] : [
      perMessage(
        count,
        each(TOGETHER, groups, () => {
          together.appendTogether(Array.from({ length: count }, nextId), CONTENT);
        }),
      ),
    ],
    ...peers.map((peer) => remote(peer, "append", peerGroups, count, CONTENT)),
  ], context.rounds);
  const target = APPEND_TARGETS[`${durability} ${count}`];
  await context.keepRow(inBestUnit({
    row: "append",
    what: `append a message, ${count} at once, durability ${durability}`,
    figures,
    ...(target === undefined ? {} : { target: { faster: target } }),
  }));
}

/** Reads what was read before, and then each time something else, which no cache can hold. */
async function measureReads(
  context: Context,
  store: SessionStore,
  path: string,
  peers: readonly PeerProcess[],
): Promise<void> {
  if (!context.wants("read") && !context.wants("window")) return;
  context.say("sessions to be read");
  await addSessions(store);
  using byHand = openSessionsByHand(path);
  const times = context.isQuick ? 500 : 4000;
  const measureRow = async (row: string, what: string, contenders: readonly Contender[]) => {
    if (!context.wants(row)) return;
    context.say(what);
    const figures = await interleave(contenders, context.rounds);
    await context.keepRow(inBestUnit({ row, what, figures, target: { faster: 0.9 } }));
  };
  let next = 0;
  const pick = (count: number) => `many${(next += STRIDE) % count}`;
  await measureRow("read", "the same session by its id, again", [
    eachAwaited("Sigil", times, () => store.getSession("s1")),
    each(BY_HAND, times, () => byHand.getSession("s1")),
    ...peers.filter(({ name }) => !name.includes("langgraph"))
      .map((peer) => remote(peer, "read", times)),
  ]);
  await measureRow("read", `another session by its id, of ${format(MANY_SESSIONS)}`, [
    eachAwaited("Sigil", times, () => store.getSession(pick(MANY_SESSIONS))),
    each(BY_HAND, times, () => byHand.getSession(pick(MANY_SESSIONS))),
  ]);
  await measureRow("window", `the newest ${WINDOW} messages of the same session, again`, [
    eachAwaited("Sigil", times / 4, () => store.getActiveWindow("s1", WINDOW)),
    each(BY_HAND, times / 4, () => byHand.getWindow("s1", WINDOW)),
    ...peers.map((peer) => remote(peer, "window", times / 4)),
  ]);
  const ofMany = format(SESSIONS_WITH_WINDOW);
  await measureRow("window", `the newest ${WINDOW} messages of another session, of ${ofMany}`, [
    eachAwaited(
      "Sigil",
      times / 4,
      () => store.getActiveWindow(pick(SESSIONS_WITH_WINDOW), WINDOW),
    ),
    each(BY_HAND, times / 4, () => byHand.getWindow(pick(SESSIONS_WITH_WINDOW), WINDOW)),
  ]);
}

/** Adds sessions, and messages to the first of them. */
async function addSessions(store: SessionStore): Promise<void> {
  const sessions = Array.from({ length: MANY_SESSIONS }, (_, index) => `many${index}`);
  await Promise.all(
    sessions.map((id) => store.createSession({ id, workspaceId: "home", userId: "ada" })),
  );
  for (let n = 0; n < WINDOW; n++) {
    await Promise.all(
      sessions.slice(0, SESSIONS_WITH_WINDOW)
        .map((id) => store.appendMessage(id, message(nextId()))),
    );
  }
}

async function appendTo(store: SessionStore, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => store.appendMessage("s1", message(nextId()))),
  );
}

function nextId(): string {
  return `m${++lastMessage}`;
}

function message(id: string) {
  return { id, role: "user", content: CONTENT } as const;
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
