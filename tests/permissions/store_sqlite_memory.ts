// SPDX-License-Identifier: Apache-2.0

import { openKnowledgeStore, openMemoryStore, openVectorStore } from "@sigil/store/sqlite";

await using memory = await openMemoryStore(":memory:", await openKnowledgeStore(":memory:"));
await memory.messages.append("home", { id: "m1", role: "user", content: "The key is here" });
await memory.messages.search("home", "keys");
await using vectors = await openVectorStore(":memory:");
await vectors.store("v1", [1, 0, 0]);
await vectors.search([1, 0, 0], 1);
