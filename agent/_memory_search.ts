// SPDX-License-Identifier: Apache-2.0

import type { Tool } from "@sigil/plugin";
import { z } from "zod";
import {
  findQuestion,
  isOfThisTurn,
  type MemoryParts,
  toFindings,
  toTool,
  writeFindings,
} from "./_memory_tool.ts";

/** How many messages of the turn under way may stand among those found, and are left out. */
const MARGIN = 20;

/** Makes the tool that finds messages by their words. */
export function memorySearch({ openWorkspace }: MemoryParts): Tool {
  return toTool({
    name: "memory_search",
    description: "Finds what was said before by its words, the best match first. " +
      'Words in "quotes" must stand together; -word must not occur.',
    capability: "memory.read.self",
    input: z.strictObject({
      query: z.string().min(1).max(1000).describe("Words to look for"),
      limit: z.int().min(1).max(50).default(10).describe("How many to give at most"),
    }),
    async run({ query, limit }, stores, context) {
      const { workspaceId, signal } = context;
      const question = await findQuestion(stores, context);
      const hits = await stores.memory.messages.search(workspaceId, query, {
        roles: ["user", "assistant"],
        limit: limit + MARGIN,
        signal,
      });
      const earlier = hits.filter((hit) => !isOfThisTurn(hit, question));
      return writeFindings(toFindings(earlier).slice(0, limit));
    },
  }, openWorkspace);
}
