// SPDX-License-Identifier: Apache-2.0

import type { User, UserIdentity } from "@sigil/store";
import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { OWNER_ID, TOKEN_CHANNEL } from "../identity.ts";
import { newId } from "../new_id.ts";
import { jsonRoute, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { hashToken, randomToken } from "../token.ts";
import { listOf, newUser, page, user, userChange, userToken } from "./schemas.ts";
import { toWire } from "./wire.ts";

const COMMON = { tag: "Users", access: "admin" } as const;
const USERS = "/api/v1/users";
const USER = `${USERS}/{user}`;
const params = z.object({ user: z.string() });

/** The routes of users and their tokens: for admins alone. */
export function userRoutes(services: Services): readonly Route[] {
  return [
    listUsers(services),
    addUser(services),
    getUser(services),
    changeUser(services),
    deleteUser(services),
    makeToken(services),
    deleteToken(services),
  ];
}

function listUsers({ gatewayStore: { users } }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: USERS,
    id: "listUsers",
    summary: "Lists users, by name",
    query: z.object(page),
    result: listOf(user),
  }, async ({ query }) => ({ items: (await users.list(query)).map(toUser) }));
}

function addUser(services: Services): Route {
  const { users } = services.gatewayStore;
  return jsonRoute({
    ...COMMON,
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
    await services.recorder.recordChange(identity.userId, "user.add", id);
    return toUser(await users.get(id));
  });
}

function getUser({ gatewayStore: { users } }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: USER,
    id: "getUser",
    summary: "Gives one user",
    params,
    result: user,
  }, async ({ params }) => toUser(await users.get(params.user)));
}

function changeUser({ gatewayStore: { users }, recorder }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "patch",
    path: USER,
    id: "changeUser",
    summary: "Changes a user: what is left out stays, identities are replaced as a whole",
    params,
    body: userChange,
    result: user,
  }, async ({ params, body, identity }) => {
    checkIdentities(body.identities);
    const old = await users.get(params.user);
    const { name = old.name, role = old.role, identities = shownIdentities(old) } = body;
    await users.update({ id: old.id, name, role, identities: [...identities, ...tokensOf(old)] });
    await recorder.recordChange(identity.userId, "user.change", old.id);
    return toUser(await users.get(old.id));
  });
}

function deleteUser({ gatewayStore: { users }, recorder }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "delete",
    path: USER,
    id: "deleteUser",
    summary: "Removes a user with their identities, tokens and pairings",
    params,
  }, async ({ params, identity }) => {
    if (params.user === OWNER_ID) {
      throw new GatewayError(
        "forbidden",
        `Cannot remove user "${OWNER_ID}": the gateway is theirs`,
      );
    }
    await users.delete(params.user);
    await recorder.recordChange(identity.userId, "user.delete", params.user);
  });
}

function makeToken({ gatewayStore: { users }, recorder }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "post",
    path: `${USER}/token`,
    id: "makeUserToken",
    summary: "Makes a user's own token, which is shown this once, in the place of any before",
    params,
    result: userToken,
    status: 201,
  }, async ({ params, identity }) => {
    const { id, name, role, ...old } = await users.get(params.user);
    const token = randomToken();
    const kept = { channel: TOKEN_CHANNEL, platformId: hashToken(token) };
    await users.update({ id, name, role, identities: [...shownIdentities(old), kept] });
    await recorder.recordChange(identity.userId, "user.token.make", id);
    return { token };
  });
}

function deleteToken({ gatewayStore: { users }, recorder }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "delete",
    path: `${USER}/token`,
    id: "deleteUserToken",
    summary: "Takes a user's token back",
    params,
  }, async ({ params, identity }) => {
    const { id, name, role, ...old } = await users.get(params.user);
    await users.update({ id, name, role, identities: shownIdentities(old) });
    await recorder.recordChange(identity.userId, "user.token.delete", id);
  });
}

type HasIdentities = Pick<User, "identities">;

// The hash of a token is nobody's business, and only the token route may set one.
function toUser(one: User): z.input<typeof user> {
  const hasToken = tokensOf(one).length > 0;
  return { ...toWire(one), identities: [...shownIdentities(one)], hasToken };
}

function shownIdentities({ identities }: HasIdentities): readonly UserIdentity[] {
  return identities.filter(({ channel }) => channel !== TOKEN_CHANNEL);
}

function tokensOf({ identities }: HasIdentities): readonly UserIdentity[] {
  return identities.filter(({ channel }) => channel === TOKEN_CHANNEL);
}

function checkIdentities(identities: readonly UserIdentity[] | undefined): void {
  if (!identities?.some(({ channel }) => channel === TOKEN_CHANNEL)) return;
  const message =
    `Cannot set an identity of channel "${TOKEN_CHANNEL}": tokens have their own route`;
  throw new GatewayError("invalid_request", message);
}
