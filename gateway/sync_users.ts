// SPDX-License-Identifier: Apache-2.0

import type { Config } from "@sigil/config";
import { StoreError, type User, type UserInput, type UserStore } from "@sigil/store";
import { OWNER_ID, TOKEN_CHANNEL } from "./identity.ts";

/**
 * Puts the owner and the users of a configuration into the store, or brings them up to date.
 *
 * Users that the configuration does not name stay, and so do tokens.
 *
 * @throws {StoreError} With code `conflict` when an identity belongs to another user.
 */
export async function syncUsers(users: UserStore, config: Config): Promise<void> {
  const owner: UserInput = { id: OWNER_ID, name: "Owner", role: "admin", identities: [] };
  if (config.users[OWNER_ID] === undefined) await addIfAbsent(users, owner);
  for (const [id, { name = id, role, identities }] of Object.entries(config.users)) {
    await put(users, {
      id,
      name,
      role: id === OWNER_ID ? "admin" : role,
      identities: identities.map(({ channel, platform_id }) => ({
        channel,
        platformId: platform_id,
      })),
    });
  }
}

async function addIfAbsent(users: UserStore, user: UserInput): Promise<void> {
  if (await find(users, user.id) === undefined) await users.create(user);
}

async function put(users: UserStore, user: UserInput): Promise<void> {
  const old = await find(users, user.id);
  if (old === undefined) return await users.create(user);
  const tokens = old.identities.filter(({ channel }) => channel === TOKEN_CHANNEL);
  const next = { ...user, identities: [...user.identities ?? [], ...tokens] };
  if (!isSame(old, next)) await users.update(next);
}

async function find(users: UserStore, id: string): Promise<User | undefined> {
  try {
    return await users.get(id);
  } catch (error) {
    if (error instanceof StoreError && error.code === "not_found") return undefined;
    throw error;
  }
}

function isSame(old: User, next: UserInput): boolean {
  const facts = ({ name, role, identities = [] }: UserInput) =>
    JSON.stringify([
      name,
      role,
      identities.map(({ channel, platformId }) => `${channel}\0${platformId}`).toSorted(),
    ]);
  return facts(old) === facts(next);
}
