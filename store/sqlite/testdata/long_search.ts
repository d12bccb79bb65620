// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- its output is what the tests read

/** Searches a store that is large enough for the reading thread, and leaves it open at the end. */

import { openMessageStore } from "../mod.ts";

const store = await openMessageStore(`${Deno.args[0]}/memory.db`);
const hay = Array.from(
  { length: 25_000 },
  (_, index) => ({ id: `m${index}`, role: "user", content: "hay" }) as const,
);
await Promise.all(hay.map((message) => store.append("w1", message)));
void store.append("w1", { id: "m25000", role: "user", content: "needle" });
// Both words are asked for, and one of them is common.
const [hit] = await store.search("w1", "hay needle");
console.log(`needle: ${hit?.id}`);
