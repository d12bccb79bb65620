// SPDX-License-Identifier: Apache-2.0

import { openWorkspaceStores } from "@sigil/store";
import { openRecall } from "@sigil/store/recall";

const directory = `${Deno.args[0]}/recall`;
await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
for (let i = 0; i < 60; i++) {
  const content = `The key number ${i} lies under pot ${i % 7}`;
  await stores.memory.messages.append("home", { id: `m${i}`, role: "user", content });
}
await using learned = await openRecall(stores, { directory });
await learned.prepare("home");
const embed = {
  model: "one",
  embed: async (texts: readonly string[]) => texts.map(() => [1]),
};
await using embedded = await openRecall(stores, { directory, embed });
await embedded.prepare("home");
await embedded.recall("home", "where are the keys?");
