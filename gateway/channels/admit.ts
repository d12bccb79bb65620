// SPDX-License-Identifier: Apache-2.0

import { AgentError, type MessageAddress, type MessageOrigin, routeMessage } from "@sigil/agent";
import type { ChannelConfig, Config } from "@sigil/config";
import { type GatewayStore, type PairingStatus, StoreError, type User } from "@sigil/store";
import type { Clock } from "../clock.ts";
import { newId } from "../new_id.ts";
import type { Recorder } from "../recorder.ts";
import type { PairingCodes } from "./pairing_codes.ts";

/** A message of a channel, as far as it matters for who may speak. */
export interface Arrival extends MessageOrigin {
  /** What people call the sender; empty when that is not known. */
  readonly displayName: string;
  /** What was said, which may be a code. */
  readonly content: string;
}

/** What becomes of a message. */
export type Admission =
  | { readonly status: "admitted"; readonly address: MessageAddress }
  | {
    /** It is no turn; `reply` is told to the sender, if there is something to tell. */
    readonly status: "welcomed" | "refused";
    readonly reply: string | undefined;
    readonly reason: string;
  };

/** What is needed to decide who may speak. */
export interface AdmissionParts {
  /** Keeps users and pairings. */
  readonly store: Pick<GatewayStore, "users" | "pairings">;
  /** The configuration as it is now. */
  readonly config: Config;
  /** What is set for the channel. */
  readonly channel: ChannelConfig;
  /** The codes that let people in. */
  readonly codes: PairingCodes;
  /** Records who was let in. */
  readonly recorder: Recorder;
  /** Tells the time. */
  readonly clock: Clock;
}

const WELCOME = "Welcome. You can talk to me now.";
const ASKED = "I have asked to let you in. Write again once that was done.";
const WAITING = "You have not been let in yet.";
const NEEDS_CODE = "I do not know you yet. Send me the code that you were given.";

/**
 * Finds out whose turn a message is, and lets newcomers in the way that the channel's `pairing` says.
 *
 * @throws {StoreError} When users or pairings cannot be read or written.
 */
export async function admit(arrival: Arrival, parts: AdmissionParts): Promise<Admission> {
  const { store: { users, pairings }, channel: { session_mode: sessionMode } } = parts;
  try {
    const address = await routeMessage(arrival, { users, pairings, sessionMode });
    return { status: "admitted", address };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
  }
  const user = await findUser(arrival, parts);
  if (user === undefined) return await admitStranger(arrival, parts);
  return await admitKnown(arrival, user, parts);
}

/** Somebody with a name here, but not in this chat. */
async function admitKnown(
  arrival: Arrival,
  user: User,
  parts: AdmissionParts,
): Promise<Admission> {
  const all = await parts.store.pairings.getByUser(user.id);
  const here = all.filter(({ channelType }) => channelType === arrival.channelType);
  if (here.some(({ status }) => status === "denied")) return refuse("the pairing is denied");
  // Who still waits in one chat does not get in by another one.
  if (here.some(({ status }) => status === "pending")) {
    if (parts.channel.pairing !== "pair_with_code") {
      return refuse("the pairing is pending", WAITING);
    }
    return await redeem(arrival, parts);
  }
  await pair(arrival, user.id, "active", parts);
  return await admit(arrival, parts);
}

async function admitStranger(arrival: Arrival, parts: AdmissionParts): Promise<Admission> {
  const { pairing, allowlist } = parts.channel;
  switch (pairing) {
    case "open":
      await addUser(arrival, "guest", "active", parts);
      return await admit(arrival, parts);
    case "allowlist":
      if (!allowlist.includes(arrival.platformId)) return refuse("not in the allowlist");
      await addUser(arrival, "member", "active", parts);
      return await admit(arrival, parts);
    case "pair_on_request":
      await addUser(arrival, "member", "pending", parts);
      return { status: "welcomed", reply: ASKED, reason: "asked to be let in" };
    case "pair_with_code":
      return await redeem(arrival, parts);
    case "closed":
      return refuse("the channel is closed to strangers");
  }
}

async function redeem(arrival: Arrival, parts: AdmissionParts): Promise<Admission> {
  const { channelType, platformId, content } = arrival;
  const invitation = await parts.codes.redeem(channelType, platformId, content);
  if (invitation === undefined) return refuse("no valid code", NEEDS_CODE);
  if (invitation.userId === undefined) await addUser(arrival, "member", "active", parts);
  else await join(arrival, invitation.userId, parts);
  return { status: "welcomed", reply: WELCOME, reason: "showed a code" };
}

/** Makes the sender one with a user that there is. */
async function join(arrival: Arrival, userId: string, parts: AdmissionParts): Promise<void> {
  const { users } = parts.store;
  const { id, name, role, identities } = await users.get(userId);
  const identity = { channel: arrival.channelType, platformId: arrival.platformId };
  await users.update({ id, name, role, identities: [...identities, identity] });
  await pair(arrival, userId, "active", parts);
}

async function addUser(
  arrival: Arrival,
  role: "guest" | "member",
  status: PairingStatus,
  parts: AdmissionParts,
): Promise<void> {
  const { channelType: channel, platformId, displayName } = arrival;
  const id = newId(parts.clock.now());
  const name = (displayName || platformId).slice(0, 256);
  await parts.store.users.create({ id, name, role, identities: [{ channel, platformId }] });
  await pair(arrival, id, status, parts);
}

async function pair(
  arrival: Arrival,
  userId: string,
  status: PairingStatus,
  parts: AdmissionParts,
): Promise<void> {
  const { channelType, channelId } = arrival;
  const id = newId(parts.clock.now());
  const workspaceId = workspaceOf(arrival, parts);
  await parts.store.pairings.create({ id, userId, channelType, channelId, workspaceId, status });
  const details = { subject: id, channel: channelType, pairing: parts.channel.pairing };
  const record = { action: "pairing.add", actor: userId, workspaceId, details };
  await parts.recorder.note({ ...record, result: status });
}

/** The workspace that the chat is bound to, or else the whole channel, or else the channel's own. */
function workspaceOf({ channelType, channelId }: Arrival, parts: AdmissionParts): string {
  const bindings = Object.entries(parts.config.workspaces).flatMap(([id, { bindings }]) =>
    bindings.filter(({ channel }) => channel === channelType).map(({ chat }) => ({ id, chat }))
  );
  const bound = bindings.find(({ chat }) => chat === channelId) ??
    bindings.find(({ chat }) => chat === undefined);
  return bound?.id ?? parts.channel.workspace;
}

async function findUser(
  { channelType, platformId }: Arrival,
  { store }: AdmissionParts,
): Promise<User | undefined> {
  try {
    return await store.users.getByExternalId(channelType, platformId);
  } catch (error) {
    if (error instanceof StoreError && error.code === "not_found") return undefined;
    throw error;
  }
}

function refuse(reason: string, reply?: string): Admission {
  return { status: "refused", reply, reason };
}
