// SPDX-License-Identifier: Apache-2.0

import type { Tool } from "@sigil/plugin";
import { z } from "zod";
import { type Finding, type MemoryParts, toTool, writeFindings } from "./_memory_tool.ts";
import { personId, REMEMBERED } from "./_remembered.ts";

/** Makes the tool that gives the newest summaries, and what the user asked to be remembered. */
export function memorySummary({ openWorkspace }: MemoryParts): Tool {
  return toTool({
    name: "memory_summary",
    description:
      "Gives what the user asked to be remembered, and the newest summaries of what was " +
      "said before, newest first.",
    capability: "memory.read.self",
    input: z.strictObject({
      limit: z.int().min(1).max(20).default(5).describe("How many of each to give at most"),
    }),
    async run({ limit }, { memory }, { workspaceId, userId, signal }) {
      const query = { entityId: personId(userId), predicate: REMEMBERED, limit };
      const [facts, summaries] = await Promise.all([
        memory.knowledge.findFacts(workspaceId, query, { signal }),
        memory.summaries.getLatest(workspaceId, limit, { signal }),
      ]);
      const remembered = facts.map(({ createdAt, value }): Finding => ({
        date: createdAt,
        role: "fact",
        text: value,
      }));
      const summed = summaries.map(({ toTime, content }): Finding => ({
        date: toTime,
        role: "summary",
        text: content,
      }));
      return writeFindings([...remembered, ...summed]);
    },
  }, openWorkspace);
}
