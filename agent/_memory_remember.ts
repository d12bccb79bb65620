// SPDX-License-Identifier: Apache-2.0

import type { Tool, ToolContext } from "@sigil/plugin";
import type { KnowledgeStore, Message, Provenance } from "@sigil/store";
import { z } from "zod";
import { AgentError } from "./errors.ts";
import { hasCode } from "./_failure.ts";
import { type MemoryParts, toTool } from "./_memory_tool.ts";
import { isFromOutside, isMarked } from "./_outside_words.ts";
import { personId, REMEMBERED } from "./_remembered.ts";

/** How many messages are looked at for the user's own words, and for text from outside. */
const WINDOW = 1000;

/** How many facts are looked at for one that says the same. */
const MAX_KNOWN = 10_000;

/** How sure a fact is, by who says so. */
const CONFIDENCE = { user: 1, agent: 0.5 } as const;

/** Who may be the source of a fact that this tool stores. Text from outside may not. */
type Teller = keyof typeof CONFIDENCE & Provenance;

/** Makes the tool that keeps what the user wants to be remembered. */
export function memoryRemember({ openWorkspace, newId, now }: MemoryParts): Tool {
  return toTool({
    name: "memory_remember",
    description: "Remembers something for good when the user asks for it. " +
      "Give the user's own words, word for word.",
    capability: "memory.write.self",
    input: z.strictObject({
      text: z.string().trim().min(1).max(4000).describe("What to remember, in the user's words"),
    }),
    async run({ text }, stores, context) {
      const { workspaceId, userId } = context;
      const { knowledge } = stores.memory;
      const { summary } = await stores.sessions.getSession(context.sessionId);
      const window = await stores.sessions.getActiveWindow(context.sessionId, WINDOW);
      const provenance = tellerOf(text, window, summary);
      if (await isKnown(knowledge, context, text)) return "Already remembered";
      await putPerson(knowledge, context);
      const moment = now();
      await knowledge.putFact(workspaceId, {
        id: newId(),
        entityId: personId(userId),
        predicate: REMEMBERED,
        value: text,
        confidence: CONFIDENCE[provenance],
        source: sourceOf(window),
        provenance,
        createdAt: moment,
        validAt: moment,
      });
      return `Remembered: ${text}`;
    },
  }, openWorkspace);
}

/**
 * Tells whose words a text is: the user's, when a message of theirs holds it; else the agent's.
 *
 * @throws {AgentError} When text from outside is in view, which may have put the words into the
 *   agent's mouth.
 */
function tellerOf(text: string, window: readonly Message[], summary: string): Teller {
  const words = normalise(text);
  const isSaid = window.some(({ role, content }) =>
    role === "user" && normalise(content).includes(words)
  );
  if (isSaid && words !== "") return "user";
  if (!window.some(isFromOutside) && !isMarked(summary)) return "agent";
  throw new AgentError(
    "forbidden",
    "Cannot remember this: where results of tools or answers from elsewhere are in view, only the " +
      "user's own words are remembered, word for word",
  );
}

/** Words only, so that case, spaces and punctuation make no difference. */
function normalise(text: string): string {
  return ` ${text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu)?.join(" ") ?? ""} `;
}

function sourceOf(window: readonly Message[]): string {
  return window.findLast(({ role }) => role === "user")?.id ?? "";
}

async function isKnown(
  knowledge: KnowledgeStore,
  { workspaceId, userId }: ToolContext,
  text: string,
): Promise<boolean> {
  const query = { entityId: personId(userId), predicate: REMEMBERED, limit: MAX_KNOWN };
  const facts = await knowledge.findFacts(workspaceId, query);
  return facts.some(({ value, invalidAt }) => value === text && invalidAt === null);
}

/** Adds the user as an entity, and leaves one that is there as it is. */
async function putPerson(
  knowledge: KnowledgeStore,
  { workspaceId, userId }: ToolContext,
): Promise<void> {
  try {
    await knowledge.getEntity(workspaceId, personId(userId));
  } catch (error) {
    if (!hasCode(error, "not_found")) throw error;
    const person = { id: personId(userId), type: "person", name: userId };
    await knowledge.putEntity(workspaceId, person);
  }
}
