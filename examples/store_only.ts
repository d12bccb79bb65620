// SPDX-License-Identifier: Apache-2.0
//
// The store alone: write down what was said, close, open again, and find it.
//
//     deno run --allow-read=./data --allow-write=./data examples/store_only.ts
//
// Prints:
//   user: Remember that the spare key is under the blue pot
//   assistant: I will
//   found: Remember that the spare key is under the blue pot
//   Ada lives_in Lisbon
//   nearest: blue-pot …
//
// The files stay in ./data: run it again, and the messages of both runs are there.

import { type MessageInput, openWorkspaceStores } from "@sigil/store";

const WORKSPACE = "home";
const DIRECTORY = "./data";
const sessionId = crypto.randomUUID();

await writeDown();
await find();

async function writeDown(): Promise<void> {
  await using stores = await openWorkspaceStores({ backend: "sqlite" }, DIRECTORY);
  const { sessions, memory, vectors } = stores;
  await sessions.createSession({ id: sessionId, workspaceId: WORKSPACE, userId: "ada" });
  for (const message of conversation()) {
    await sessions.appendMessage(sessionId, message);
    await memory.messages.append(WORKSPACE, message);
  }
  const { knowledge } = memory;
  await knowledge.putEntity(WORKSPACE, { id: "ada", type: "person", name: "Ada" });
  const fact = { id: "f1", entityId: "ada", predicate: "lives_in", value: "Lisbon" };
  await knowledge.putFact(WORKSPACE, fact);
  await vectors.store("blue-pot", [0.9, 0.1, 0.4]);
  await vectors.store("weather", [0.1, 0.9, 0.2]);
}

async function find(): Promise<void> {
  await using stores = await openWorkspaceStores({ backend: "sqlite" }, DIRECTORY);
  const { sessions, memory, vectors } = stores;
  for (const { role, content } of await sessions.getActiveWindow(sessionId, 20)) {
    print(`${role}: ${content}`);
  }
  const [hit] = await memory.messages.search(WORKSPACE, "keys pot", { limit: 1 });
  print(`found: ${hit?.content}`);
  const { name } = await memory.knowledge.getEntity(WORKSPACE, "ada");
  for (const fact of await memory.knowledge.findFacts(WORKSPACE, { entityId: "ada" })) {
    print(`${name} ${fact.predicate} ${fact.value}`);
  }
  const [nearest] = await vectors.search([1, 0, 0.4], 1);
  print(`nearest: ${nearest?.id} ${nearest?.score.toFixed(3)}`);
}

function conversation(): readonly MessageInput[] {
  return [
    {
      id: crypto.randomUUID(),
      role: "user",
      content: "Remember that the spare key is under the blue pot",
    },
    { id: crypto.randomUUID(), role: "assistant", content: "I will" },
  ];
}

function print(line: string): void {
  // deno-lint-ignore no-console -- an example shows what it finds
  console.log(line);
}
