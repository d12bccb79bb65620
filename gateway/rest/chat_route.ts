// SPDX-License-Identifier: Apache-2.0

import type { TurnRequest } from "@sigil/agent";
import { z } from "zod";
import type { Answer } from "../answers.ts";
import { countedTurn } from "../counted_turn.ts";
import { GatewayError } from "../errors.ts";
import { eventStreamResponse } from "../event_stream.ts";
import { toProblem } from "../problem.ts";
import { jsonRoute, rawRoute, type RequestContext, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import type { HeldTurn, StreamEvent } from "../turn_hub.ts";
import { getWorkspace } from "../workspace_access.ts";
import { chatRequest, turnEvent } from "./schemas.ts";

type Body = z.output<typeof chatRequest> | undefined;

/** The routes `POST /api/v1/chat` and `DELETE /api/v1/turns/{turn}`. */
export function chatRoutes(services: Services): readonly Route[] {
  return [
    rawRoute({
      method: "post",
      path: "/api/v1/chat",
      id: "chat",
      summary: "Talks to the agent; with Last-Event-ID, goes on with a stream that broke",
      tag: "Chat",
      access: "member",
      headers: z.object({
        "last-event-id": z.string().optional().meta({
          description: "The id of the last event seen: the body is then passed over",
        }),
      }),
      body: chatRequest.optional(),
      isBodyOptional: true,
      produces: { "text/event-stream": turnEvent },
    }, async (input) => openStream(services, input)),
    jsonRoute({
      method: "delete",
      path: "/api/v1/turns/{turn}",
      id: "cancelTurn",
      summary: "Stops a turn that is under way",
      tag: "Chat",
      access: "member",
      params: z.object({ turn: z.string().max(64) }),
    }, async ({ params, identity }) => {
      const turn = services.hub.get(params.turn, identity.userId);
      turn.stop(new GatewayError("cancelled", "Cannot go on with the turn: it was taken back"));
    }),
  ];
}

function openStream(
  services: Services,
  input: RequestContext & { readonly body: Body },
): Response {
  const lastEventId = input.request.headers.get("last-event-id");
  if (lastEventId !== null && lastEventId !== "") {
    const { turnId, number } = parseEventId(lastEventId);
    return readTurn(services, services.hub.get(turnId, input.identity.userId), number);
  }
  if (input.body === undefined) {
    throw new GatewayError("invalid_request", "Cannot begin a turn: the request has no body");
  }
  return readTurn(services, beginTurn(services, input, input.body), 0);
}

function parseEventId(id: string): { readonly turnId: string; readonly number: number } {
  const [, turnId, number] = /^([0-9a-f-]{36}):(\d{1,9})$/.exec(id) ?? [];
  if (turnId !== undefined) return { turnId, number: Number(number) };
  throw new GatewayError("invalid_request", "Cannot resume: Last-Event-ID is no id of an event");
}

function beginTurn(
  services: Services,
  { identity }: RequestContext,
  body: NonNullable<Body>,
): HeldTurn {
  const workspaceId = body.workspace ?? services.view().defaultWorkspaceId;
  getWorkspace(services, identity, workspaceId);
  const answer = services.answers.begin(identity.userId);
  const request: TurnRequest = {
    workspaceId,
    userId: identity.userId,
    content: body.content,
    sessionId: body.session,
    model: body.model,
    metadata: body.metadata,
  };
  return services.hub.start({
    userId: identity.userId,
    events: turnEvents(services, request, answer),
    stop: (reason) => answer.stop(reason),
  });
}

/** Runs a turn to its end, which is an event whatever happens. */
async function* turnEvents(
  services: Services,
  request: TurnRequest,
  answer: Answer,
): AsyncGenerator<StreamEvent, void, void> {
  try {
    yield* countedTurn(services, request, answer);
  } catch (error) {
    yield toErrorEvent(services, error);
  } finally {
    answer.end();
  }
}

function toErrorEvent(
  services: Services,
  error: unknown,
): Extract<StreamEvent, { type: "error" }> {
  const { code, message } = toProblem(error);
  if (code === "internal") services.logger.error("turn failed", { error: String(error) });
  return { type: "error", code, message };
}

function readTurn(services: Services, turn: HeldTurn, after: number): Response {
  const { clock, limits } = services;
  const reading = new AbortController();
  return eventStreamResponse(untilGone(turn.read(after, reading.signal)), {
    clock,
    heartbeatMs: limits.heartbeatMs,
    stallMs: limits.stallMs,
    headers: { "x-sigil-turn": turn.id },
    onLeave: (reason) => reading.abort(reason),
  });
}

/** Ends with an event that says why the rest of the turn cannot be read. */
async function* untilGone(frames: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  try {
    yield* frames;
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "replay_gone") throw error;
    const data = JSON.stringify({ type: "error", code: error.code, message: error.message });
    yield `event: error\ndata: ${data}\n\n`;
  }
}
