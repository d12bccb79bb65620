// SPDX-License-Identifier: Apache-2.0

import type { Tool } from "@sigil/plugin";
import type { Message, MessageStore, VectorResult } from "@sigil/store";
import { z } from "zod";
import { AgentError } from "./errors.ts";
import { type MemoryParts, toFindings, toTool, writeFindings } from "./_memory_tool.ts";
import { messageIdOf } from "./_vectors.ts";

/** Makes the tool that finds messages by their meaning. */
export function memorySemantic({ openWorkspace, embed }: MemoryParts): Tool {
  return toTool({
    name: "memory_semantic",
    description: "Finds what was said longer ago by its meaning, the nearest first.",
    capability: "memory.read.self",
    input: z.strictObject({
      query: z.string().min(1).max(8000).describe("What to look for, in a sentence"),
      k: z.int().min(1).max(50).default(10).describe("How many to give at most"),
    }),
    async run({ query, k }, { memory, vectors }, { workspaceId, signal }) {
      const [embedding] = await embed?.([query], { signal }) ?? [];
      if (embedding === undefined) {
        throw new AgentError(
          "unavailable",
          "Cannot search by meaning: no embedding model is set up; use memory_search",
        );
      }
      const hits = await vectors.search(embedding, k, { kind: "message" }, { signal });
      const found = await Promise.all(
        hits.map((hit) => findMessage(memory.messages, workspaceId, hit)),
      );
      return writeFindings(toFindings(found.flatMap((message) => message ?? [])));
    },
  }, openWorkspace);
}

/** Looks a vector's message up by its moment; undefined when it has been removed since. */
async function findMessage(
  messages: MessageStore,
  workspaceId: string,
  { id, metadata }: VectorResult,
): Promise<Message | undefined> {
  const from = new Date(String(metadata.createdAt));
  const range = { from, to: new Date(from.getTime() + 1) };
  const found = await messages.getRange(workspaceId, range);
  return found.find((message) => message.id === messageIdOf(id));
}
