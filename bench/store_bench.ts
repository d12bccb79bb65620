// SPDX-License-Identifier: Apache-2.0

/**
 * What the SQLite session store costs over `node:sqlite` by hand, in the same run. Read the ratios
 * within a group; the times are those of one machine.
 */

import { openSessionStore } from "@sigil/store/sqlite";
import { openFloor } from "./_floor.ts";
import { openSessionsByHand } from "./store/_sessions_by_hand.ts";

const CONTENT = "A message as people write them: a sentence or two, and seldom more. ".repeat(
  2,
);
const STORED = 1000;

const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
const store = await openSessionStore(`${folder}/sessions.db`);
const byHand = openSessionsByHand(`${folder}/sessions.db`);
const floor = openFloor(`${folder}/floor.db`);
let last = 0;

await store.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
await appendToStore(STORED);
appendToFloor(STORED);

Deno.bench({ name: "by hand", group: "one session by id", baseline: true }, () => {
  byHand.getSession("s1");
});
Deno.bench({ name: "getSession()", group: "one session by id" }, async () => {
  await store.getSession("s1");
});

Deno.bench({ name: "by hand", group: "window of 20", baseline: true }, () => {
  byHand.getWindow("s1", 20);
});
Deno.bench({ name: "getActiveWindow()", group: "window of 20" }, async () => {
  await store.getActiveWindow("s1", 20);
});

for (const count of [1, 16, 256]) {
  const group = `append ${count} at once`;
  Deno.bench(
    { name: "by hand, one by one", group, baseline: true },
    () => appendToFloor(count),
  );
  Deno.bench({ name: "appendMessage()", group }, async () => {
    await appendToStore(count); // a promise that is only returned would not be waited for
  });
}

globalThis.addEventListener("unload", () => {
  floor[Symbol.dispose]();
  byHand[Symbol.dispose]();
  Deno.removeSync(folder, { recursive: true });
});

async function appendToStore(count: number): Promise<void> {
  const messages = Array.from({ length: count }, () => ({
    id: `m${++last}`,
    role: "user",
    content: CONTENT,
  } as const));
  await Promise.all(
    messages.map((message) => store.appendMessage("s1", message)),
  );
}

function appendToFloor(count: number): void {
  for (let n = 0; n < count; n++) floor.append(`m${++last}`, CONTENT);
}
