// SPDX-License-Identifier: Apache-2.0

import type { Pairing, User, UserIdentity } from "@sigil/store";
import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { OWNER_ID, TOKEN_CHANNEL } from "../identity.ts";
import { newId } from "../new_id.ts";
import { jsonRoute, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { hashToken, randomToken } from "../token.ts";
import { getWorkspace } from "../workspace_access.ts";
import {
  listOf,
  newPairing,
  newUser,
  page,
  pairing,
  pairingChange,
  user,
  userChange,
  userToken,
} from "./schemas.ts";
import { toWire } from "./wire.ts";

const USERS = "/api/v1/users";
const PAGE = 10_000;
const ofUser = z.object({ user: z.string() });
const ofPairing = z.object({ user: z.string(), pairing: z.string() });

/** The routes of users and their pairings: for admins alone. */
export function userRoutes(services: Services): readonly Route[] {
  return [...crudRoutes(services), ...tokenRoutes(services), ...pairingRoutes(services)];
}

function crudRoutes(services: Services): readonly Route[] {
  const { users } = services.gatewayStore;
  const common = { tag: "Users", access: "admin" } as const;
  return [
    jsonRoute({
      ...common,
      method: "get",
      path: USERS,
      id: "listUsers",
      summary: "Lists users, by name",
      query: z.object(page),
      result: listOf(user),
    }, async ({ query }) => ({ items: (await users.list(query)).map(toUser) })),
    jsonRoute({
      ...common,
      method: "post",
      path: USERS,
      id: "addUser",
      summary: "Adds a user",
      body: newUser,
      result: user,
      status: 201,
    }, async ({ body, identity }) => {
      checkIdentities(body.identities);
      const id = body.id ?? newId(services.clock.now());
      await users.create({ ...body, id });
      await note(services, identity.userId, "user.add", id);
      return toUser(await users.get(id));
    }),
    jsonRoute({
      ...common,
      method: "get",
      path: `${USERS}/{user}`,
      id: "getUser",
      summary: "Gives one user",
      params: ofUser,
      result: user,
    }, async ({ params }) => toUser(await users.get(params.user))),
    jsonRoute({
      ...common,
      method: "patch",
      path: `${USERS}/{user}`,
      id: "changeUser",
      summary: "Changes a user: what is left out stays, identities are replaced as a whole",
      params: ofUser,
      body: userChange,
      result: user,
    }, async ({ params, body, identity }) => {
      checkIdentities(body.identities);
      const old = await users.get(params.user);
      const identities = [...(body.identities ?? shownIdentities(old)), ...tokensOf(old)];
      const { name = old.name, role = old.role } = body;
      await users.update({ id: old.id, name, role, identities });
      await note(services, identity.userId, "user.change", old.id);
      return toUser(await users.get(old.id));
    }),
    jsonRoute({
      ...common,
      method: "delete",
      path: `${USERS}/{user}`,
      id: "deleteUser",
      summary: "Removes a user with their identities, tokens and pairings",
      params: ofUser,
    }, async ({ params, identity }) => {
      if (params.user === OWNER_ID) {
        throw new GatewayError(
          "forbidden",
          `Cannot remove user "${OWNER_ID}": the gateway is theirs`,
        );
      }
      await users.delete(params.user);
      await note(services, identity.userId, "user.delete", params.user);
    }),
  ];
}

function tokenRoutes(services: Services): readonly Route[] {
  const { users } = services.gatewayStore;
  const common = { tag: "Users", access: "admin", path: `${USERS}/{user}/token` } as const;
  return [
    jsonRoute({
      ...common,
      method: "post",
      id: "makeUserToken",
      summary: "Makes a user's own token, which is shown this once, in the place of any before",
      params: ofUser,
      result: userToken,
      status: 201,
    }, async ({ params, identity }) => {
      const old = await users.get(params.user);
      const token = randomToken();
      const kept = { channel: TOKEN_CHANNEL, platformId: hashToken(token) };
      await users.update({
        id: old.id,
        name: old.name,
        role: old.role,
        identities: [...shownIdentities(old), kept],
      });
      await note(services, identity.userId, "user.token.make", old.id);
      return { token };
    }),
    jsonRoute({
      ...common,
      method: "delete",
      id: "deleteUserToken",
      summary: "Takes a user's token back",
      params: ofUser,
    }, async ({ params, identity }) => {
      const old = await users.get(params.user);
      await users.update({
        id: old.id,
        name: old.name,
        role: old.role,
        identities: shownIdentities(old),
      });
      await note(services, identity.userId, "user.token.delete", old.id);
    }),
  ];
}

function pairingRoutes(services: Services): readonly Route[] {
  const { pairings } = services.gatewayStore;
  const common = { tag: "Pairings", access: "admin" } as const;
  return [
    jsonRoute({
      ...common,
      method: "get",
      path: "/api/v1/pairings",
      id: "listPairings",
      summary: "Lists the pairings of all users",
      result: listOf(pairing),
    }, async () => ({ items: toWire(await allPairings(services)) })),
    jsonRoute({
      ...common,
      method: "get",
      path: `${USERS}/{user}/pairings`,
      id: "listUserPairings",
      summary: "Lists the pairings of a user, oldest first",
      params: ofUser,
      result: listOf(pairing),
    }, async ({ params }) => ({ items: toWire(await pairings.getByUser(params.user)) })),
    jsonRoute({
      ...common,
      method: "post",
      path: `${USERS}/{user}/pairings`,
      id: "addPairing",
      summary: "Binds a user's chat on a channel to a workspace",
      params: ofUser,
      body: newPairing,
      result: pairing,
      status: 201,
    }, async ({ params, body, identity }) => {
      const named = body.workspaceId ?? services.view().defaultWorkspaceId;
      const { id: workspaceId } = getWorkspace(services, identity, named);
      const id = newId(services.clock.now());
      const status = body.status ?? "active";
      await pairings.create({ ...body, id, userId: params.user, workspaceId, status });
      await note(services, identity.userId, "pairing.add", id);
      return toWire(await getPairing(services, params.user, id));
    }),
    jsonRoute({
      ...common,
      method: "patch",
      path: `${USERS}/{user}/pairings/{pairing}`,
      id: "changePairing",
      summary: "Changes the workspace or the status of a pairing",
      params: ofPairing,
      body: pairingChange,
      result: pairing,
    }, async ({ params, body, identity }) => {
      const old = await getPairing(services, params.user, params.pairing);
      if (body.workspaceId) getWorkspace(services, identity, body.workspaceId);
      const { workspaceId = old.workspaceId, status = old.status } = body;
      await pairings.update({ ...old, workspaceId, status });
      await note(services, identity.userId, "pairing.change", old.id);
      return toWire(await getPairing(services, params.user, old.id));
    }),
    jsonRoute({
      ...common,
      method: "delete",
      path: `${USERS}/{user}/pairings/{pairing}`,
      id: "deletePairing",
      summary: "Removes a pairing",
      params: ofPairing,
    }, async ({ params, identity }) => {
      const { id } = await getPairing(services, params.user, params.pairing);
      await pairings.delete(id);
      await note(services, identity.userId, "pairing.delete", id);
    }),
  ];
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

async function allPairings({ gatewayStore }: Services): Promise<readonly Pairing[]> {
  const found: Pairing[] = [];
  for (let offset = 0;; offset += PAGE) {
    const users = await gatewayStore.users.list({ limit: PAGE, offset });
    for (const { id } of users) found.push(...await gatewayStore.pairings.getByUser(id));
    if (users.length < PAGE) return found;
  }
}

// The hash of a token is nobody's business, and only the token route may set one.
function toUser(one: User): z.input<typeof user> {
  const hasToken = tokensOf(one).length > 0;
  return { ...toWire(one), identities: [...shownIdentities(one)], hasToken };
}

function shownIdentities({ identities }: User): readonly UserIdentity[] {
  return identities.filter(({ channel }) => channel !== TOKEN_CHANNEL);
}

function tokensOf({ identities }: User): readonly UserIdentity[] {
  return identities.filter(({ channel }) => channel === TOKEN_CHANNEL);
}

function checkIdentities(identities: readonly UserIdentity[] | undefined): void {
  if (!identities?.some(({ channel }) => channel === TOKEN_CHANNEL)) return;
  const message =
    `Cannot set an identity of channel "${TOKEN_CHANNEL}": tokens have their own route`;
  throw new GatewayError("invalid_request", message);
}

async function note(
  { recorder }: Services,
  actor: string,
  action: string,
  subject: string,
): Promise<void> {
  await recorder.record({ action, actor, details: { subject }, result: "ok" });
}
