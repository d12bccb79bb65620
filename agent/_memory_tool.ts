// SPDX-License-Identifier: Apache-2.0

import type { Tool, ToolChunk, ToolContext } from "@sigil/plugin";
import type { Message, WorkspaceStores } from "@sigil/store";
import { z } from "zod";
import { AgentError } from "./errors.ts";
import { isBrought } from "./is_brought.ts";
import type { Embed, OpenWorkspace } from "./options.ts";
import { excerpt } from "./_text.ts";

/** How much of one message a tool gives, in characters. */
const MAX_TEXT = 2000;

/** How many messages a turn may have so far, for its question to be found. */
const MAX_TURN = 200;

/** What the memory tools are made of. */
export interface MemoryParts {
  readonly openWorkspace: OpenWorkspace;
  readonly embed: Embed | undefined;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** One thing found. */
export interface Finding {
  readonly date: Date;
  readonly role: "user" | "assistant" | "summary" | "fact";
  readonly text: string;
  /** Set when it was not said here, but told by a client. */
  readonly origin?: "client" | undefined;
}

/** A memory tool before it is bound to its workspaces. */
export interface MemoryToolSpec<Input> {
  readonly name: string;
  readonly description: string;
  readonly capability: "memory.read.self" | "memory.write.self";
  readonly input: z.ZodType<Input>;
  /** @returns What the model is shown. */
  run(input: Input, stores: WorkspaceStores, context: ToolContext): Promise<string>;
}

/** Makes a tool of a memory tool: its schema, and its errors as chunks. */
export function toTool<Input>(spec: MemoryToolSpec<Input>, openWorkspace: OpenWorkspace): Tool {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(spec.input, { io: "input" });
  return {
    definition: { name: spec.name, description: spec.description, inputSchema },
    capability: spec.capability,
    plugin: "",
    async *execute(input, context): AsyncGenerator<ToolChunk, void> {
      try {
        const stores = await openWorkspace(context.workspaceId);
        const text = await spec.run(spec.input.parse(input), stores, context);
        yield { type: "text", text };
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
        yield { type: "error", message: error.message };
      }
    },
  };
}

/** Writes findings down as JSON objects, one a line. */
export function writeFindings(findings: readonly Finding[]): string {
  if (findings.length === 0) return "Nothing found";
  return findings.map(({ date, role, text, origin }) =>
    JSON.stringify({ date: date.toISOString(), role, text: excerpt(text, MAX_TEXT), origin })
  ).join("\n");
}

/**
 * What of these messages was said: results of tools are left out, and so are empty ones, and what a
 * client told that stands among them already.
 */
export function toFindings(messages: readonly Message[]): Finding[] {
  const said = messages.filter(({ content }) => content.trim() !== "");
  const known = new Set(said.filter((message) => !isBrought(message)).map(wordsOf));
  return said.flatMap((message) => {
    const { createdAt: date, role, content: text } = message;
    if (role !== "user" && role !== "assistant") return [];
    if (!isBrought(message)) return [{ date, role, text }];
    if (known.has(wordsOf(message))) return [];
    known.add(wordsOf(message));
    return [{ date, role, text, origin: "client" }];
  });
}

function wordsOf({ role, content }: Message): string {
  return `${role}: ${content}`;
}

/** Gives the message that is being answered; undefined when the session holds none. */
export async function findQuestion(
  { sessions }: WorkspaceStores,
  { sessionId, signal }: ToolContext,
): Promise<Message | undefined> {
  const window = await sessions.getActiveWindow(sessionId, MAX_TURN, { signal });
  return window.findLast(({ role }) => role === "user");
}

/** Whether a message is of the turn under way: the model knows it, and it is no memory yet. */
export function isOfThisTurn(message: Message, question: Message | undefined): boolean {
  return question !== undefined && message.sessionId === question.sessionId &&
    message.createdAt >= question.createdAt;
}
