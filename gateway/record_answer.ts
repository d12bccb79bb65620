// SPDX-License-Identifier: Apache-2.0

import type { Services } from "./services.ts";

/** What is kept of an answer that ended. */
export interface EndedAnswer {
  /** The user who asked. */
  readonly userId: string;
  /** The workspace. */
  readonly workspaceId: string;
  /** Whether the agent answered. */
  readonly isTurn: boolean;
  /** The model that was asked for. */
  readonly model: string;
  /** What it cost, if that is known. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** How it ended: `ok`, or the code of its failure. */
  readonly result: string;
}

/** Counts an answer that ended, and writes it into the audit log unless the agent, which did, answered. */
export async function recordAnswer(
  { recorder, metrics }: Pick<Services, "recorder" | "metrics">,
  { userId, workspaceId, isTurn, model, usage, result }: EndedAnswer,
): Promise<void> {
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  metrics.count("sigil_answers_total", "Answers that ended, by how.", { result });
  metrics.count("sigil_tokens_total", "Tokens.", { direction: "in" }, inputTokens);
  metrics.count("sigil_tokens_total", "Tokens.", { direction: "out" }, outputTokens);
  if (isTurn) return;
  await recorder.note({
    action: "chat.completion",
    actor: userId,
    workspaceId,
    details: { model, inputTokens, outputTokens },
    result,
  });
}
