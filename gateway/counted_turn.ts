// SPDX-License-Identifier: Apache-2.0

import type { TurnEvent, TurnRequest, TurnUsage } from "@sigil/agent";
import { type Answer, untilSilent } from "./answers.ts";
import type { Limits } from "./limits.ts";
import { toProblem } from "./problem.ts";
import { recordAnswer } from "./record_answer.ts";
import type { Services } from "./services.ts";

/** What a turn is run and counted with. */
export interface CountedTurnParts
  extends Pick<Services, "agent" | "clock" | "metrics" | "recorder"> {
  /** How long to wait. */
  readonly limits: Pick<Limits, "silenceMs">;
}

/**
 * Runs a turn, and counts how it ended before its last event is told, however it is left.
 *
 * @throws {GatewayError} With code `deadline_exceeded`; or the reason that the answer was stopped with.
 */
export async function* countedTurn(
  parts: CountedTurnParts,
  request: TurnRequest,
  answer: Answer,
): AsyncGenerator<TurnEvent, void, void> {
  const { agent, clock, limits: { silenceMs } } = parts;
  const { userId, workspaceId, model = "" } = request;
  let usage: TurnUsage | undefined;
  let isCounted = false;
  const count = async (result: string) => {
    if (isCounted) return;
    isCounted = true;
    await recordAnswer(parts, { userId, workspaceId, model, usage, result, isTurn: true });
  };
  try {
    const turn = agent.turn(request, { signal: answer.signal });
    for await (const event of untilSilent(turn, answer, { clock, silenceMs })) {
      if (event.type === "usage") usage = event.usage;
      else if (event.type === "done") await count("ok");
      else if (event.type === "error") await count(event.code);
      yield event;
    }
  } catch (error) {
    await count(toProblem(error).code);
    throw error;
  } finally {
    await count("cancelled");
  }
}
