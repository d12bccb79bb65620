// SPDX-License-Identifier: Apache-2.0

import type { Pairing, PairingStore, User, UserStore } from "@sigil/store";
import { AgentError } from "./errors.ts";
import { hasCode } from "./_failure.ts";
import { excerpt } from "./_text.ts";

/** Where a message of a chat platform comes from. */
export interface MessageOrigin {
  /** The kind of channel, such as `telegram`. */
  readonly channelType: string;
  /** The chat on that channel. */
  readonly channelId: string;
  /** The name or number that the platform knows the sender by. */
  readonly platformId: string;
}

/** Whose turn a message is, and where. */
export interface MessageAddress {
  /** The workspace that the chat is paired with. */
  readonly workspaceId: string;
  /** The user who sent it. */
  readonly userId: string;
  /** The session: always the same for the same user in the same chat. */
  readonly sessionId: string;
}

/** Options of {@linkcode routeMessage}. */
export interface RouteMessageOptions {
  /** Knows people by what platforms call them. */
  readonly users: Pick<UserStore, "getByExternalId">;
  /** Knows which chat is paired with which workspace. */
  readonly pairings: Pick<PairingStore, "getByChannel">;
  /**
   * Whether a user has a session of their own in each chat, or the same one in every chat of a workspace.
   *
   * @default {"per_channel"}
   */
  readonly sessionMode?: "per_channel" | "shared" | undefined;
  /** When it aborts, the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds out whose turn a message of a chat platform is: who sent it, which workspace the chat is paired
 * with, and which session it goes on with.
 *
 * @throws {AgentError} With code `forbidden` when nobody has that identity, or the chat has no active
 *   pairing with them.
 * @throws {StoreError} When users or pairings cannot be read.
 *
 * @example Usage
 * ```ts
 * import { routeMessage } from "@sigil/agent";
 * import { openGatewayStore } from "@sigil/store/inmem";
 *
 * await using store = await openGatewayStore();
 * const identities = [{ channel: "telegram", platformId: "42" }];
 * await store.users.create({ id: "u1", name: "Ann", identities });
 * const chat = { channelType: "telegram", channelId: "7" };
 * await store.pairings.create({
 *   id: "p1",
 *   userId: "u1",
 *   workspaceId: "home",
 *   status: "active",
 *   ...chat,
 * });
 * const address = await routeMessage({ ...chat, platformId: "42" }, store);
 * ```
 */
export async function routeMessage(
  origin: MessageOrigin,
  options: RouteMessageOptions,
): Promise<MessageAddress> {
  const user = await findSender(origin, options);
  const { workspaceId } = await findPairing(origin, user, options);
  return { workspaceId, userId: user.id, sessionId: sessionOf(origin, user, options) };
}

async function findSender(
  { channelType, platformId }: MessageOrigin,
  { users, signal }: RouteMessageOptions,
): Promise<User> {
  try {
    return await users.getByExternalId(channelType, platformId, { signal });
  } catch (cause) {
    if (!hasCode(cause, "not_found")) throw cause;
    throw refusal(channelType, platformId, "nobody has that identity", cause);
  }
}

async function findPairing(
  { channelType, channelId, platformId }: MessageOrigin,
  { id: userId }: User,
  { pairings, signal }: RouteMessageOptions,
): Promise<Pairing> {
  try {
    const pairing = await pairings.getByChannel(channelType, channelId, { userId, signal });
    if (pairing.status === "active") return pairing;
    throw refusal(channelType, platformId, `the pairing is ${pairing.status}`);
  } catch (cause) {
    if (!hasCode(cause, "not_found")) throw cause;
    throw refusal(channelType, platformId, "they are not paired on that chat", cause);
  }
}

/** Every part is encoded, so that no two origins come to the same session. */
function sessionOf(
  { channelType, channelId }: MessageOrigin,
  { id }: User,
  { sessionMode = "per_channel" }: RouteMessageOptions,
): string {
  const parts = sessionMode === "shared" ? ["shared", id] : [channelType, channelId, id];
  return parts.map(encodeURIComponent).join(":");
}

function refusal(channel: string, platformId: string, why: string, cause?: unknown): AgentError {
  const who = `${excerpt(channel, 50)} user "${excerpt(platformId, 100)}"`;
  return new AgentError("forbidden", `Cannot route a message of ${who}: ${why}`, { cause });
}
