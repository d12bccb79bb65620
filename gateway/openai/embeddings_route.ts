// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import { abortable } from "../abortable.ts";
import { GatewayError } from "../errors.ts";
import { rawRoute, type RequestContext, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { getWorkspace } from "../workspace_access.ts";
import { embeddingList, embeddingsRequest } from "./schemas.ts";

type Body = z.output<typeof embeddingsRequest>;

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
  }, async (input) => Response.json(await embed(services, input)));
}

async function embed(
  services: Services,
  { body, request, identity }: RequestContext & { readonly body: Body },
): Promise<z.input<typeof embeddingList>> {
  if (body.dimensions) throw unsupported("dimensions", "the model decides how long a vector is");
  using answer = services.answers.begin(identity.userId);
  request.signal.addEventListener("abort", () => answer.stop(request.signal.reason));
  const named = request.headers.get("x-sigil-workspace") ?? services.view().defaultWorkspaceId;
  const { id: workspaceId } = getWorkspace(services, identity, named);
  const { signal } = answer;
  const { provider, model } = await services.router.route(workspaceId, body.model, { signal });
  if (provider.embed === undefined) {
    throw unsupported("model", `the provider of "${body.model}" has no embeddings`);
  }
  const texts = typeof body.input === "string" ? [body.input] : body.input;
  const cancel = giveUpAfter(services, answer);
  try {
    const result = await abortable(provider.embed({ model, texts }, { signal }), signal);
    const { inputTokens } = result.usage;
    await services.recorder.note({
      action: "embeddings",
      actor: identity.userId,
      workspaceId,
      details: { model: body.model, texts: texts.length, inputTokens },
      result: "ok",
    });
    return {
      object: "list",
      model: body.model,
      data: result.embeddings.map((vector, index) => ({
        object: "embedding",
        index,
        embedding: body.encoding_format === "base64" ? toBase64(vector) : [...vector],
      })),
      usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
    };
  } finally {
    cancel();
  }
}

function giveUpAfter(
  { clock, limits }: Services,
  answer: { stop(reason: unknown): void },
): () => void {
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
