// SPDX-License-Identifier: Apache-2.0

import type { Tool } from "@sigil/plugin";
import { z } from "zod";
import { AgentError } from "./errors.ts";
import { type MemoryParts, toFindings, toTool, writeFindings } from "./_memory_tool.ts";

const DAY_MS = 86_400_000;

/** How many messages are read for each that is given, since results of tools are left out. */
const MARGIN = 10;

/** Makes the tool that gives what was said in a span of time. */
export function memoryRecall({ openWorkspace }: MemoryParts): Tool {
  const moment = (what: string) =>
    z.string().max(40).describe(`${what}, as 2026-05-03 or 2026-05-03T10:00:00Z`);
  return toTool({
    name: "memory_recall",
    description: "Gives what was said in a span of time, oldest first.",
    capability: "memory.read.self",
    input: z.strictObject({
      from: moment("The first moment"),
      to: moment("The first moment after; a day without a time is included whole"),
      limit: z.int().min(1).max(200).default(50).describe("How many to give at most"),
    }),
    async run({ from, to, limit }, stores, { workspaceId, signal }) {
      const range = { from: parseMoment(from), to: endOf(to) };
      const options = { limit: limit * MARGIN, signal };
      const messages = await stores.memory.messages.getRange(workspaceId, range, options);
      return writeFindings(toFindings(messages).slice(0, limit));
    },
  }, openWorkspace);
}

function parseMoment(text: string): Date {
  const moment = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(moment.getTime())) {
    throw new AgentError("invalid_input", `Cannot recall: "${text}" is not a date of ISO 8601`);
  }
  return moment;
}

function endOf(text: string): Date {
  const moment = parseMoment(text);
  return /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(moment.getTime() + DAY_MS) : moment;
}
