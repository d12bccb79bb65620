// SPDX-License-Identifier: Apache-2.0
//
// @sigil/store alone: a conversation that is kept, searched and connected. Run it twice: it goes on.
//
//   deno run --allow-read=./data --allow-write=./data examples/store_only.ts
//
// Prints:
//   The conversation holds 2 messages.
//   Found: user on …: The boiler was serviced in May by Ada.
//   Ada works_for Heat & Co.
//   Nearest to the question: boiler (similarity 0.997)
// deno-lint-ignore-file no-console -- an example that prints

import { openWorkspaceStores } from "@sigil/store";

await using stores = await openWorkspaceStores({ backend: "sqlite" }, "./data/home");
const { sessions, memory, vectors } = stores;

// A session keeps the messages that a model sees. Ids are yours; crypto.randomUUID() will do.
const sessionId = crypto.randomUUID();
await sessions.createSession({ id: sessionId, workspaceId: "home", userId: "you" });
const question = {
  id: crypto.randomUUID(),
  role: "user",
  content: "The boiler was serviced in May by Ada.",
} as const;
await sessions.appendMessage(sessionId, question);
await sessions.appendMessage(sessionId, {
  id: crypto.randomUUID(),
  role: "assistant",
  content: "Noted.",
});
const window = await sessions.getActiveWindow(sessionId, 20);
console.log(`The conversation holds ${window.length} messages.`);

// Memory keeps messages for good, and finds them by their words.
await memory.messages.append("home", { ...question, sessionId });
const [hit] = await memory.messages.search("home", "when did we service the boiler?", { limit: 1 });
console.log(`Found: ${hit?.role} on ${hit?.createdAt.toDateString()}: ${hit?.content}`);

// Knowledge connects what is known.
await memory.knowledge.putEntity("home", { id: "ada", type: "person", name: "Ada" });
await memory.knowledge.putEntity("home", { id: "heat", type: "company", name: "Heat & Co" });
await memory.knowledge.putRelationship("home", {
  id: "r1",
  fromId: "ada",
  toId: "heat",
  type: "works_for",
});
const { entities, relationships } = await memory.knowledge.traverse("home", "ada", 1);
console.log(`${entities[0]?.name} ${relationships[0]?.type} ${entities[1]?.name}.`);

// Vectors find what is near in meaning; any model's embeddings will do.
await vectors.store("boiler", [0.9, 0.1, 0.2], { topic: "heating" });
await vectors.store("garden", [0.1, 0.9, 0.3], { topic: "outdoors" });
const [nearest] = await vectors.search([1, 0.2, 0.2], 1);
console.log(`Nearest to the question: ${nearest?.id} (similarity ${nearest?.score.toFixed(3)})`);
