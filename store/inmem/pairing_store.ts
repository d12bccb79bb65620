// SPDX-License-Identifier: Apache-2.0

import { cannot } from "../_cannot.ts";
import { completePairing } from "../_complete.ts";
import { checkKey } from "../_validate.ts";
import type { CallOptions } from "../options.ts";
import type { Pairing, PairingInput, PairingStore } from "../pairing_store.ts";
import type { Guard } from "./_guard.ts";
import { compareText } from "../_order.ts";

/** Keeps pairings in memory. */
export class InmemPairingStore implements PairingStore {
  readonly #guard: Guard;
  readonly #hasUser: (id: string) => boolean;
  readonly #pairings = new Map<string, Pairing>();

  /** Asks `hasUser` whether there is such a user. */
  constructor(guard: Guard, hasUser: (id: string) => boolean) {
    this.#guard = guard;
    this.#hasUser = hasUser;
  }

  /** Removes every pairing of a user. */
  forgetUser(userId: string): void {
    for (const pairing of this.#pairings.values()) {
      if (pairing.userId === userId) this.#pairings.delete(pairing.id);
    }
  }

  async create(input: PairingInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "create pairing", subject: input.id };
    const pairing = completePairing(task, input);
    this.#guard.check(task, options);
    if (!this.#hasUser(pairing.userId)) {
      throw cannot(task, "not_found", `no user has the id ${JSON.stringify(pairing.userId)}`);
    }
    const isTwin = ({ userId }: Pairing) => userId === pairing.userId;
    if (
      this.#pairings.has(pairing.id) ||
      this.#ofChat(pairing.channelType, pairing.channelId).some(isTwin)
    ) {
      throw cannot(task, "conflict", "that id is already taken");
    }
    this.#pairings.set(pairing.id, structuredClone(pairing));
  }

  async getByChannel(
    channelType: string,
    channelId: string,
    options: CallOptions & { readonly userId?: string | undefined } = {},
  ): Promise<Pairing> {
    const task = { action: "get pairing of chat", subject: `${channelType}:${channelId}` };
    checkKey(task, "channelType", channelType);
    checkKey(task, "channelId", channelId);
    const wanted = options.userId === undefined
      ? undefined
      : checkKey(task, "userId", options.userId);
    this.#guard.check(task, options);
    const [first] = this.#ofChat(channelType, channelId)
      .filter(({ userId }) => wanted === undefined || userId === wanted)
      .sort((left, right) => activeFirst(left, right) || -oldestFirst(left, right));
    if (first === undefined) throw cannot(task, "not_found", "nobody is paired on that chat");
    return structuredClone(first);
  }

  async getByUser(userId: string, options: CallOptions = {}): Promise<readonly Pairing[]> {
    const task = { action: "get pairings of user", subject: userId };
    checkKey(task, "userId", userId);
    this.#guard.check(task, options);
    const pairings = [...this.#pairings.values()].filter((pairing) => pairing.userId === userId);
    return structuredClone(pairings.sort(oldestFirst));
  }

  async update(input: PairingInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "update pairing", subject: input.id };
    const { id, status, workspaceId } = completePairing(task, input);
    this.#guard.check(task, options);
    const stored = this.#pairings.get(id);
    if (stored === undefined) throw cannot(task, "not_found", "no pairing has that id");
    this.#pairings.set(id, { ...stored, status, workspaceId });
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    const task = { action: "delete pairing", subject: id };
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    if (!this.#pairings.delete(id)) throw cannot(task, "not_found", "no pairing has that id");
  }

  #ofChat(channelType: string, channelId: string): Pairing[] {
    return [...this.#pairings.values()]
      .filter((pairing) => pairing.channelType === channelType && pairing.channelId === channelId);
  }
}

function activeFirst(left: Pairing, right: Pairing): number {
  return Number(right.status === "active") - Number(left.status === "active");
}

function oldestFirst(left: Pairing, right: Pairing): number {
  return left.createdAt.getTime() - right.createdAt.getTime() || compareText(left.id, right.id);
}
