// SPDX-License-Identifier: Apache-2.0

import type { Context } from "./_context.ts";
import { COMMON_WORD, LARGE_WORKSPACE } from "./_data.ts";
import { type Medians, percentile } from "./_measure.ts";
import { openByHand, prepare } from "./_sql_by_hand.ts";

const INTERVAL_MS = 1;

/**
 * Lets a timer run every millisecond while messages are searched: by the store, on its thread, and by
 * the same query on the main thread. Gives by how much 99 of 100 timers were late at most.
 */
export async function measureTimers(
  context: Context,
  path: string,
  searchOurs: () => Promise<void>,
): Promise<Medians> {
  using onMain = openSameQuery(path);
  const ours: number[] = [];
  const theirs: number[] = [];
  await searchOurs();
  onMain.search();
  for (let round = 0; round < context.rounds; round++) {
    ours.push(...await latenessDuring(searchOurs));
    theirs.push(...await latenessDuring(async () => onMain.search()));
  }
  return {
    "Sigil": percentile(ours, 0.99),
    "the same query on the main thread": percentile(theirs, 0.99),
  };
}

async function latenessDuring(
  run: () => Promise<void>,
): Promise<readonly number[]> {
  const lateness: number[] = [];
  let due = performance.now() + INTERVAL_MS;
  let isOver = false;
  let timer = setTimeout(tick, INTERVAL_MS);
  function tick() {
    const now = performance.now();
    lateness.push(Math.max(0, now - due));
    due = now + INTERVAL_MS;
    if (!isOver) timer = setTimeout(tick, INTERVAL_MS);
  }
  await run();
  // A search that held up the timer is over before the timer can say so.
  await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  isOver = true;
  clearTimeout(timer);
  return lateness;
}

function openSameQuery(path: string): Disposable & { search(): void } {
  const database = openByHand(path);
  const workspace = prepare(
    database,
    "SELECT number FROM workspaces WHERE id = ?",
  )
    .get(LARGE_WORKSPACE)?.[0];
  const index = `messages_text_${workspace}`;
  const statement = prepare(
    database,
    `
    SELECT id, role, content, created_at, metadata, session_id, score FROM (
      SELECT rowid AS hit, -bm25(${index}) AS score FROM ${index}
      WHERE ${index} MATCH ? ORDER BY score DESC, rowid DESC LIMIT 20
    ) CROSS JOIN messages ON number = hit ORDER BY score DESC, number DESC`,
  );
  return {
    search: () => void statement.all(`"${COMMON_WORD}"`),
    [Symbol.dispose]: () => database.close(),
  };
}
