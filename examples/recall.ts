// SPDX-License-Identifier: Apache-2.0
//
// Recall: import the export of a chat, and ask questions about it. No model, no network.
//
//     deno run --allow-read --allow-write=./data examples/recall.ts
//
// Prints:
//   imported 60 messages; learned from 60
//   When does Ada have to see the dentist?
//     2025-05-24 Ada: They rang: the dentist moved me to Friday at four. (…)
//     2025-05-20 Ada: My dentist appointment is next Tuesday at nine. (…)
//   Where is the spare key?
//     2025-08-11 Ada: The spare key is with Mrs. Lind now, by the way, not under the pot. (…)
//     …
//   What did Ben tell last August?
//     2025-08-11 Ben: … (date …)
//     2025-08-11 Ben: … (date …)
//
// In brackets is why: each signal, and the rank that it gave.
//
// Or with an export and questions of your own:
//
//     deno run --allow-read --allow-write=./data examples/recall.ts chat.jsonl "Where is the key?"
//
// An export is a file of JSON lines, one for each message:
//
//   {"at": "2025-05-20T20:10:00Z", "session": "day-3", "from": "Ada", "text": "Hello"}
//
// `at` is when it was said and `from` who said it; `session` may be left out, and then each day is one.
// The messages stay in ./data/recall: what has been imported once is not imported again.

import { type MessageInput, openWorkspaceStores, StoreError } from "@sigil/store";
import { openRecall, type RecallHit } from "@sigil/store/recall";

/** One line of an export. */
interface ExportedMessage {
  readonly at: string;
  readonly session?: string;
  readonly from: string;
  readonly text: string;
}

const WORKSPACE = "chat";
const SAMPLE = new URL("./data/chat.jsonl", import.meta.url);
const QUESTIONS = [
  "When does Ada have to see the dentist?",
  "Where is the spare key?",
  "What did Ben tell last August?",
];

const [path, ...asked] = Deno.args;
const questions = asked.length > 0 ? asked : QUESTIONS;
await using stores = await openWorkspaceStores({ backend: "sqlite" }, "./data/recall");
await using recall = await openRecall(stores, { directory: "./data/recall" });

const messages = parseExport(await Deno.readTextFile(path ?? SAMPLE));
const imported = await Promise.all(messages.map(keep));
const { learnedFrom } = await recall.prepare(WORKSPACE);
// An old chat is asked as if it had just ended: "last August" is the one before its last message.
const now = new Date(Math.max(...messages.map(({ createdAt }) => createdAt?.getTime() ?? 0)));
print(`imported ${imported.filter(Boolean).length} messages; learned from ${learnedFrom}`);
for (const question of questions) {
  print(question);
  const { hits } = await recall.recall(WORKSPACE, question, { limit: 2, now });
  for (const hit of hits) print(`  ${describe(hit)}`);
}

/** Reads an export; the id of a message is what it says, so that it is the same each time. */
function parseExport(text: string): readonly MessageInput[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const { at, session, from, text }: ExportedMessage = JSON.parse(line);
    return {
      id: `${at} ${from} ${text}`.slice(0, 500),
      role: "user",
      sessionId: session ?? at.slice(0, 10),
      content: text,
      createdAt: new Date(at),
      metadata: { name: from },
    };
  });
}

/** Keeps a message, unless it has been kept already. */
async function keep(message: MessageInput): Promise<boolean> {
  try {
    await stores.memory.messages.append(WORKSPACE, message);
    return true;
  } catch (error) {
    if (error instanceof StoreError && error.code === "conflict") return false;
    throw error;
  }
}

/** Says what was found, and why. */
function describe(hit: RecallHit): string {
  const why = hit.signals.map(({ signal, rank }) => `${signal} ${rank}`).join(", ");
  if (hit.kind !== "message") return hit.id;
  const { createdAt, metadata, content } = hit.message;
  return `${createdAt.toISOString().slice(0, 10)} ${metadata["name"]}: ${content} (${why})`;
}

function print(line: string): void {
  // deno-lint-ignore no-console -- an example shows what it finds
  console.log(line);
}
