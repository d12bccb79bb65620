// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { GatewayError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { jsonRoute, type Route } from "../route.ts";
import { mayUse, type Services } from "../services.ts";
import { AGENT_MODEL } from "./chat_route.ts";
import { model, modelList } from "./schemas.ts";

type Model = z.input<typeof model>;

const COMMON = { method: "get", tag: "OpenAI-compatible", access: "member" } as const;

/** The routes `GET /v1/models` and `GET /v1/models/{model}`. */
export function modelRoutes(services: Services): readonly Route[] {
  return [
    jsonRoute({
      ...COMMON,
      path: "/v1/models",
      id: "listModels",
      summary: "Lists the models: the agent, the agent of each workspace, and every provider's",
      result: modelList,
    }, async ({ identity, request }) => ({
      object: "list" as const,
      data: [...await listModels(services, identity, request.signal)],
    })),
    jsonRoute({
      ...COMMON,
      path: "/v1/models/{model}",
      id: "getModel",
      summary: "Gives one model",
      params: z.object({ model: z.string() }),
      result: model,
    }, async ({ params, identity, request }) => {
      const models = await listModels(services, identity, request.signal);
      const found = models.find(({ id }) => id === params.model);
      if (found !== undefined) return found;
      throw new GatewayError("not_found", `Cannot get model "${params.model}": there is none`);
    }),
  ];
}

async function listModels(
  services: Services,
  identity: Identity,
  signal: AbortSignal,
): Promise<readonly Model[]> {
  const offered = await services.router.listModels({ signal });
  const created = Math.floor(services.startedAt.getTime() / 1000);
  const toModel = (id: string, owner: string): Model => ({
    id,
    object: "model",
    created,
    owned_by: owner,
  });
  const workspaces = services.view().workspaces.filter((workspace) => mayUse(identity, workspace));
  return [
    toModel(AGENT_MODEL, AGENT_MODEL),
    ...workspaces.map(({ id }) => toModel(`${AGENT_MODEL}/${id}`, AGENT_MODEL)),
    ...offered.map(({ id, provider }) => toModel(id, provider)),
  ];
}
