// SPDX-License-Identifier: Apache-2.0

import { openWorkspaceStores } from "@sigil/store";
import { openRecall } from "@sigil/store/recall";

await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
for (let i = 0; i < 60; i++) {
  const content = `The key number ${i} lies under pot ${i % 7}`;
  await stores.memory.messages.append("home", { id: `m${i}`, role: "user", content });
}
await using recall = await openRecall(stores);
await recall.prepare("home");
await recall.recall("home", "where are the keys?");
