// SPDX-License-Identifier: Apache-2.0

import type { EmbedResult } from "@sigil/provider";
import type { z } from "zod";
import { abortable } from "../abortable.ts";
import type { Answer } from "../answers.ts";
import { GatewayError } from "../errors.ts";
import { toProblem } from "../problem.ts";
import { rawRoute, type RequestContext, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { ModelCall } from "../telemetry.ts";
import { getWorkspace } from "../workspace_access.ts";
import { embeddingList, embeddingsRequest } from "./schemas.ts";

type Body = z.output<typeof embeddingsRequest>;

interface EmbeddingsInput extends RequestContext {
  readonly body: Body;
}

/** The route `POST /v1/embeddings`. */
export function embeddingsRoute(services: Services): Route {
  return rawRoute({
    method: "post",
    path: "/v1/embeddings",
    id: "createEmbedding",
    summary: "Turns texts into vectors",
    tag: "OpenAI-compatible",
    access: "member",
    body: embeddingsRequest,
    result: embeddingList,
  }, async (input) => {
    if (input.body.dimensions) throw unsupported("dimensions", "the model decides the length");
    const { signal } = input.request;
    using answer = services.answers.begin(input.identity.userId);
    signal.addEventListener("abort", () => answer.stop(signal.reason), { once: true });
    return Response.json(toList(input.body, await ask(services, input, answer)));
  });
}

/** Asks the model, within the time that it has, and records what came of it. */
async function ask(
  services: Services,
  { body, request, identity }: EmbeddingsInput,
  answer: Answer,
): Promise<EmbedResult> {
  const named = request.headers.get("x-sigil-workspace") ?? services.view().defaultWorkspaceId;
  const { id: workspaceId } = getWorkspace(services, identity, named);
  const cancel = stopLater(services, answer);
  const call = new ModelCall("embeddings", body.model);
  let result = "ok";
  let usage: EmbedResult["usage"] | undefined;
  try {
    const embedded = await call.run(() => embed(services, workspaceId, body, answer.signal));
    usage = embedded.usage;
    return embedded;
  } catch (error) {
    result = answer.signal.aborted ? "cancelled" : toProblem(error).code;
    throw error;
  } finally {
    cancel();
    call.end({ result, usage });
    await services.recorder.note({
      action: "embeddings",
      actor: identity.userId,
      workspaceId,
      details: { model: body.model, inputTokens: usage?.inputTokens ?? 0 },
      result,
    });
  }
}

async function embed(
  { router }: Services,
  workspaceId: string,
  { model: name, input }: Body,
  signal: AbortSignal,
): Promise<EmbedResult> {
  const { provider, model } = await router.route(workspaceId, name, { signal });
  if (provider.embed === undefined) {
    throw unsupported("model", `the provider of "${name}" has no embeddings`);
  }
  const texts = typeof input === "string" ? [input] : input;
  return await abortable(provider.embed({ model, texts }, { signal }), signal);
}

function toList(
  { model, encoding_format }: Body,
  { embeddings, usage: { inputTokens } }: EmbedResult,
): z.input<typeof embeddingList> {
  return {
    object: "list",
    model,
    data: embeddings.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: encoding_format === "base64" ? toBase64(vector) : [...vector],
    })),
    usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
  };
}

function stopLater({ clock, limits }: Services, answer: Answer): () => void {
  const message = `Cannot embed: the model was silent for ${limits.silenceMs / 1000} seconds`;
  return clock.schedule(
    () => answer.stop(new GatewayError("deadline_exceeded", message)),
    limits.silenceMs,
  );
}

/** Little-endian float32, as OpenAI's clients read it. */
function toBase64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  vector.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return new Uint8Array(view.buffer).toBase64();
}

function unsupported(field: string, why: string): GatewayError {
  return new GatewayError("unsupported", `Cannot do what "${field}" asks for: ${why}`, {
    issues: [{ path: field, message: "Not supported" }],
  });
}
