// SPDX-License-Identifier: Apache-2.0

/** Searching messages: beside timers, in a small workspace, for rare and common words. */

import type { MessageStore } from "@sigil/store";
import { openMessageStore, openSessionStore } from "@sigil/store/sqlite";
import { type Context, largest } from "./_context.ts";
import {
  COMMON_WORD,
  createTexts,
  inGroups,
  LARGE_WORKSPACE,
  momentOf,
  RARE_WORD,
  SMALL_WORKSPACE,
  timeOrderedId,
  workspaceOf,
} from "./_data.ts";
import { bytesOnDisk, type Contender, each, eachAwaited, interleave } from "./_measure.ts";
import { measureResident } from "./_measure_resident.ts";
import { openPlainFts, type PlainFts } from "./_plain_fts.ts";
import { type Growth, inBestUnit } from "./_report.ts";
import { openTextPeers } from "./_text_peers.ts";
import { measureTimers } from "./_timers.ts";

const ROWS = [
  "timer",
  "small-workspace",
  "terms",
  "message-disk",
  "message-memory",
  "growth",
];
const JOINED = "FTS5, JOIN then filter";
const LIMIT = 20;
const SESSION_LENGTH = 1000;

/** Two stores of the same messages, which grow together. */
interface Stores {
  readonly ours: MessageStore;
  readonly plain: PlainFts;
  readonly path: string;
  readonly plainPath: string;
}

/** Measures everything about messages that are searched, and how it grows with them. */
export async function measureMessages(context: Context): Promise<void> {
  if (!ROWS.some(context.wants)) return;
  const path = `${context.folder}/memory.db`;
  const plainPath = `${context.folder}/plain.db`;
  await using ours = await openMessageStore(path);
  using plain = openPlainFts(plainPath);
  const stores = { ours, plain, path, plainPath };
  const growth = emptyGrowth();
  const fill = createFill(stores);
  // What peers hold in memory, a million would be too much for.
  const termsSize = context.sizes[1] ?? context.sizes[0];
  for (const size of context.sizes) {
    context.say(`${size} messages`);
    const appendMs = await fill(size);
    if (context.wants("growth")) {
      await measureGrowth(context, stores, growth, size, appendMs);
    }
    if (size === termsSize) await measureTerms(context, stores, size);
  }
  await measureAtLargest(context, stores);
  if (context.wants("growth")) await measureSessionGrowth(context, growth);
}

/** Gives what adds messages up to a size, and how long the last of them took, each. */
function createFill(
  { ours, plain }: Stores,
): (size: number) => Promise<number> {
  const text = createTexts();
  const sameText = createTexts();
  const add = (index: number) =>
    ours.append(workspaceOf(index), {
      id: timeOrderedId(index),
      sessionId: `s${Math.floor(index / SESSION_LENGTH)}`,
      role: "user",
      content: text(),
      createdAt: momentOf(index),
    });
  let filled = 0;
  return async (size) => {
    const last = Math.max(filled, size - 5000);
    await inGroups(filled, last, add);
    const start = performance.now();
    await inGroups(last, size, add);
    const appendMs = (performance.now() - start) / (size - last);
    plain.fill(filled, size, sameText);
    filled = size;
    return appendMs;
  };
}

async function measureGrowth(
  context: Context,
  { ours, plain }: Stores,
  growth: Growth,
  size: number,
  appendMs: number,
): Promise<void> {
  const times = size >= 1_000_000 ? 2 : 10;
  const figures = await interleave([
    eachAwaited("rare", times, () => search(ours, LARGE_WORKSPACE, RARE_WORD)),
    eachAwaited(
      "common",
      times,
      () => search(ours, LARGE_WORKSPACE, COMMON_WORD),
    ),
    eachAwaited(
      "small",
      times,
      () => search(ours, SMALL_WORKSPACE, COMMON_WORD),
    ),
    each(
      "joined",
      times,
      () => plain.search(COMMON_WORD, LIMIT, SMALL_WORKSPACE),
    ),
  ], context.rounds);
  const costs = [appendMs, ...Object.values(figures)];
  for (const [index, cost] of costs.entries()) {
    growth.series[index]?.points.push([size, cost]);
  }
  await context.keepGrowth(growth);
}

async function measureAtLargest(
  context: Context,
  stores: Stores,
): Promise<void> {
  const size = largest(context);
  const count = size.toLocaleString("en");
  if (context.wants("timer")) {
    context.say("timers during a search");
    await context.keepRow({
      row: "timer",
      what:
        `99 of 100 timers late by at most, while ${count} messages are searched for a common word`,
      unit: "ms",
      figures: await measureTimers(
        context,
        stores.path,
        () => search(stores.ours, LARGE_WORKSPACE, COMMON_WORD),
      ),
      target: { below: 10 },
    });
  }
  if (context.wants("small-workspace")) {
    context.say("search in a small workspace");
    const figures = await interleave([
      eachAwaited(
        "Sigil",
        10,
        () => search(stores.ours, SMALL_WORKSPACE, COMMON_WORD),
      ),
      each(
        JOINED,
        2,
        () => stores.plain.search(COMMON_WORD, LIMIT, SMALL_WORKSPACE),
      ),
    ], context.rounds);
    await context.keepRow(inBestUnit({
      row: "small-workspace",
      what: `search for a common word in a workspace of 0.5 % of ${count} messages`,
      figures,
      target: { faster: 20 },
    }));
  }
  if (context.wants("message-disk")) {
    await context.keepRow({
      row: "message-disk",
      what: `disk for each of ${count} messages, text index included`,
      unit: "bytes",
      figures: {
        "Sigil": bytesOnDisk(stores.path) / size,
        [JOINED]: bytesOnDisk(stores.plainPath) / size,
        "the texts alone": stores.plain.textBytes() / size,
      },
    });
  }
}

async function measureTerms(
  context: Context,
  stores: Stores,
  size: number,
): Promise<void> {
  const count = size.toLocaleString("en");
  if (context.wants("terms")) {
    context.say("peers read the messages");
    const peers = await openTextPeers(context, stores.plain.texts());
    for (
      const [kind, word, times] of [["rare", RARE_WORD, 50], [
        "common",
        COMMON_WORD,
        3,
      ]] as const
    ) {
      context.say(`search for a ${kind} word`);
      const contenders: Contender[] = [
        eachAwaited(
          "Sigil",
          times,
          () => search(stores.ours, LARGE_WORKSPACE, word),
        ),
        each("FTS5 by hand", times, () => stores.plain.search(word, LIMIT)),
        ...peers.map((peer) => eachAwaited(peer.name, times, () => peer.search(word, LIMIT))),
      ];
      const figures = await interleave(contenders, context.rounds);
      await context.keepRow(
        inBestUnit({
          row: "terms",
          what: `search for a ${kind} word in ${count} messages`,
          figures,
        }),
      );
    }
  }
  if (context.wants("message-memory")) {
    context.say("memory of each engine");
    await context.keepRow({
      row: "message-memory",
      what: `memory for each of ${count} messages that are searched`,
      unit: "bytes",
      figures: await measureResident(context, [
        ["Sigil", "messages", stores.path],
        ["minisearch", "minisearch", stores.plainPath],
        ["@orama/orama", "orama", stores.plainPath],
      ], size),
    });
  }
}

/** Fills a session store to each size, in sessions of 1,000 messages, and reads windows of the last. */
async function measureSessionGrowth(
  context: Context,
  growth: Growth,
): Promise<void> {
  await using store = await openSessionStore(
    `${context.folder}/long-sessions.db`,
  );
  const text = createTexts();
  let filled = 0;
  for (const size of context.sizes) {
    context.say(`${size} messages in sessions`);
    for (
      let session = filled / SESSION_LENGTH;
      session < size / SESSION_LENGTH;
      session++
    ) {
      await store.createSession({
        id: `s${session}`,
        workspaceId: "home",
        userId: "ada",
      });
    }
    let start = performance.now();
    await inGroups(
      filled,
      size,
      (index) =>
        store.appendMessage(`s${Math.floor(index / SESSION_LENGTH)}`, {
          id: timeOrderedId(index),
          role: "user",
          content: text(),
          createdAt: momentOf(index),
        }),
    );
    growth.series[5]?.points.push([
      size,
      (performance.now() - start) / (size - filled),
    ]);
    filled = size;
    const sessions = size / SESSION_LENGTH;
    const windows = 2000;
    start = performance.now();
    for (let n = 0; n < windows; n++) {
      await store.getActiveWindow(`s${(n * 7919) % sessions}`, 20);
    }
    growth.series[6]?.points.push([
      size,
      (performance.now() - start) / windows,
    ]);
    await context.keepGrowth(growth);
  }
}

function emptyGrowth(): Growth {
  return {
    file: "growth-messages",
    title: "Messages: one call, by the messages that are stored",
    sizeOf: "messages",
    series: [
      { name: "add to memory, in groups of 1,000", points: [] },
      { name: "search, rare word", points: [] },
      { name: "search, common word", points: [] },
      { name: "search, 0.5 % workspace", points: [] },
      { name: `0.5 %, ${JOINED}`, isPeer: true, points: [] },
      { name: "append to a session, in groups of 1,000", points: [] },
      { name: "newest 20 of a session", points: [] },
    ],
  };
}

async function search(
  store: MessageStore,
  workspace: string,
  word: string,
): Promise<void> {
  const hits = await store.search(workspace, word, { limit: LIMIT });
  if (hits.length === 0) {
    throw new Error(`nothing was found for ${word} in ${workspace}`);
  }
}
