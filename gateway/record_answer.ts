// SPDX-License-Identifier: Apache-2.0

import type { Services } from "./services.ts";

/** What is kept of an answer that ended. */
export interface EndedAnswer {
  /** The user who asked. */
  readonly userId: string;
  /** The workspace. */
  readonly workspaceId: string;
  /** The session, when the agent answered; else empty. */
  readonly sessionId: string;
  /** The model that was asked for. */
  readonly model: string;
  /** What it cost, if that is known. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | undefined;
  /** How it ended: `ok`, or the code of its failure. */
  readonly result: string;
}

/** Counts an answer that ended, and writes it into the audit log. */
export async function recordAnswer(
  { recorder, metrics }: Pick<Services, "recorder" | "metrics">,
  { userId, workspaceId, sessionId, model, usage, result }: EndedAnswer,
): Promise<void> {
  const { inputTokens = 0, outputTokens = 0 } = usage ?? {};
  metrics.count("sigil_answers_total", "Answers that ended, by how.", { result });
  metrics.count("sigil_tokens_total", "Tokens.", { direction: "in" }, inputTokens);
  metrics.count("sigil_tokens_total", "Tokens.", { direction: "out" }, outputTokens);
  await recorder.note({
    action: sessionId === "" ? "chat.completion" : "chat.turn",
    actor: userId,
    workspaceId,
    sessionId,
    details: { model, inputTokens, outputTokens },
    result,
  });
}
