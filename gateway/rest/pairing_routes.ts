// SPDX-License-Identifier: Apache-2.0

import type { Pairing } from "@sigil/store";
import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { newId } from "../new_id.ts";
import { jsonRoute, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { getWorkspace } from "../workspace_access.ts";
import { listOf, newPairing, pairing, pairingChange } from "./schemas.ts";
import { toWire } from "./wire.ts";

const PAGE = 10_000;
const COMMON = { tag: "Pairings", access: "admin" } as const;
const PAIRINGS = "/api/v1/users/{user}/pairings";
const ofUser = z.object({ user: z.string() });
const ofPairing = z.object({ user: z.string(), pairing: z.string() });

/** The routes of pairings: for admins alone. */
export function pairingRoutes(services: Services): readonly Route[] {
  return [
    listPairings(services),
    listPairingsOfUser(services),
    addPairing(services),
    changePairing(services),
    deletePairing(services),
  ];
}

function listPairings(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: "/api/v1/pairings",
    id: "listPairings",
    summary: "Lists the pairings of all users",
    result: listOf(pairing),
  }, async () => ({ items: toWire(await readAll(services)) }));
}

function listPairingsOfUser({ gatewayStore: { pairings } }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: PAIRINGS,
    id: "listUserPairings",
    summary: "Lists the pairings of a user, oldest first",
    params: ofUser,
    result: listOf(pairing),
  }, async ({ params }) => ({ items: toWire(await pairings.getByUser(params.user)) }));
}

function addPairing(services: Services): Route {
  const { clock, gatewayStore: { pairings }, recorder, view } = services;
  return jsonRoute({
    ...COMMON,
    method: "post",
    path: PAIRINGS,
    id: "addPairing",
    summary: "Binds a user's chat on a channel to a workspace",
    params: ofUser,
    body: newPairing,
    result: pairing,
    status: 201,
  }, async ({ params, body, identity }) => {
    const { workspaceId = view().defaultWorkspaceId, status = "active" } = body;
    getWorkspace(services, identity, workspaceId);
    const id = newId(clock.now());
    await pairings.create({ ...body, id, userId: params.user, workspaceId, status });
    await recorder.recordChange(identity.userId, "pairing.add", id);
    return toWire(await getPairing(services, params.user, id));
  });
}

function changePairing(services: Services): Route {
  const { gatewayStore: { pairings }, recorder } = services;
  return jsonRoute({
    ...COMMON,
    method: "patch",
    path: `${PAIRINGS}/{pairing}`,
    id: "changePairing",
    summary: "Changes the workspace or the status of a pairing",
    params: ofPairing,
    body: pairingChange,
    result: pairing,
  }, async ({ params, body, identity }) => {
    const old = await getPairing(services, params.user, params.pairing);
    const { workspaceId = old.workspaceId, status = old.status } = body;
    getWorkspace(services, identity, workspaceId);
    await pairings.update({ ...old, workspaceId, status });
    await recorder.recordChange(identity.userId, "pairing.change", old.id);
    return toWire(await getPairing(services, params.user, old.id));
  });
}

function deletePairing(services: Services): Route {
  const { gatewayStore: { pairings }, recorder } = services;
  return jsonRoute({
    ...COMMON,
    method: "delete",
    path: `${PAIRINGS}/{pairing}`,
    id: "deletePairing",
    summary: "Removes a pairing",
    params: ofPairing,
  }, async ({ params, identity }) => {
    const { id } = await getPairing(services, params.user, params.pairing);
    await pairings.delete(id);
    await recorder.recordChange(identity.userId, "pairing.delete", id);
  });
}

async function getPairing(
  { gatewayStore }: Services,
  userId: string,
  id: string,
): Promise<Pairing> {
  const found = (await gatewayStore.pairings.getByUser(userId)).find((one) => one.id === id);
  if (found !== undefined) return found;
  throw new GatewayError("not_found", `Cannot get pairing "${id}": user "${userId}" has none such`);
}

/** The store knows the pairings of a user, so it is every user that is asked for theirs. */
async function readAll({ gatewayStore }: Services): Promise<readonly Pairing[]> {
  const found: Pairing[] = [];
  for (let offset = 0;; offset += PAGE) {
    const users = await gatewayStore.users.list({ limit: PAGE, offset });
    for (const { id } of users) found.push(...await gatewayStore.pairings.getByUser(id));
    if (users.length < PAGE) return found;
  }
}
