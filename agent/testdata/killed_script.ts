// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest } from "@sigil/provider";
import type { AgentSettings } from "../mod.ts";
import type { Answer } from "./scripted_provider.ts";

/** A small window, so that the third turn rolls the first one over. */
export const SETTINGS: AgentSettings = {
  activeWindow: 7,
  compaction: { batchSize: 2, model: "script/summary" },
};

/** Is told of each step of an answer before it is taken. */
type Pass = (what: string) => Promise<void>;

/** Looks with the tool when told to, sums up when asked to, and else repeats what was said. */
export function answerKilled(pass: Pass): Answer {
  return async function* (request): AsyncGenerator<ChatEvent, void> {
    const text = request.messages.at(-1)?.content ?? "";
    if (request.model === "summary") yield* sumUp(pass, text);
    else if (text.startsWith("Look")) yield* useTool();
    else yield* repeat(pass, request);
  };
}

async function* sumUp(pass: Pass, text: string): AsyncGenerator<ChatEvent, void> {
  await pass("summary asked for");
  yield { type: "text_delta", text: `Sum of ${text.match(/user: .*/g)?.join(", ")}` };
  yield { type: "done", finishReason: "stop" };
}

function* useTool(): Generator<ChatEvent, void> {
  yield { type: "text_delta", text: "Let me look. " };
  yield { type: "tool_call", toolCall: { id: "c1", name: "look", arguments: "{}" } };
  yield { type: "done", finishReason: "tool_calls" };
}

async function* repeat(pass: Pass, { messages }: ChatRequest): AsyncGenerator<ChatEvent, void> {
  const said = messages.findLast(({ role }) => role === "user")?.content;
  await pass("answer asked for");
  yield { type: "text_delta", text: "You said " };
  await pass("answer half said");
  yield { type: "text_delta", text: `${said}` };
  yield { type: "done", finishReason: "stop" };
}
