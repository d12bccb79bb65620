// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import { completeUser } from "../_complete.ts";
import { checkCount, checkKey, checkLimit } from "../_validate.ts";
import type { CallOptions, ListOptions } from "../options.ts";
import type { User, UserInput, UserStore } from "../user_store.ts";
import type { Guard } from "./_guard.ts";
import { compareText, page } from "../_order.ts";

/** Keeps users in memory. */
export class InmemUserStore implements UserStore {
  readonly #guard: Guard;
  readonly #users = new Map<string, User>();
  readonly #onDelete: (id: string) => void;

  /** Calls `onDelete` with the id of each user that goes. */
  constructor(guard: Guard, onDelete: (id: string) => void) {
    this.#guard = guard;
    this.#onDelete = onDelete;
  }

  /** Whether there is such a user. */
  has(id: string): boolean {
    return this.#users.has(id);
  }

  async create(input: UserInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "create user", subject: input.id };
    const user = completeUser(task, input);
    this.#guard.check(task, options);
    if (this.#users.has(user.id)) throw cannot(task, "conflict", "that id is already taken");
    this.#put(task, user);
  }

  async get(id: string, options: CallOptions = {}): Promise<User> {
    const task = { action: "get user", subject: id };
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    return structuredClone(this.#find(task, id));
  }

  async getByExternalId(
    channel: string,
    platformId: string,
    options: CallOptions = {},
  ): Promise<User> {
    const task = { action: "get user by identity", subject: `${channel}:${platformId}` };
    checkKey(task, "channel", channel);
    checkKey(task, "platformId", platformId);
    this.#guard.check(task, options);
    const user = this.#owner(channel, platformId);
    if (user === undefined) throw cannot(task, "not_found", "no user has that identity");
    return structuredClone(user);
  }

  async update(input: UserInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "update user", subject: input.id };
    const user = completeUser(task, { updatedAt: new Date(), ...input });
    this.#guard.check(task, options);
    this.#put(task, { ...user, createdAt: this.#find(task, user.id).createdAt });
  }

  async list(options: ListOptions = {}): Promise<readonly User[]> {
    const task = { action: "list", subject: "users" };
    const limit = checkLimit(task, options.limit);
    const offset = checkCount(task, "offset", options.offset ?? 0);
    this.#guard.check(task, options);
    const users = [...this.#users.values()]
      .sort((left, right) => compareText(left.name, right.name) || compareText(left.id, right.id));
    return structuredClone(page(users, limit, offset));
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    const task = { action: "delete user", subject: id };
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    this.#find(task, id);
    this.#users.delete(id);
    this.#onDelete(id);
  }

  #find(task: Task, id: string): User {
    const user = this.#users.get(id);
    if (user === undefined) throw cannot(task, "not_found", "no user has that id");
    return user;
  }

  #put(task: Task, user: User): void {
    const claimed = new Set<string>();
    for (const { channel, platformId } of user.identities) {
      const owner = this.#owner(channel, platformId);
      const identity = JSON.stringify([channel, platformId]);
      if ((owner !== undefined && owner.id !== user.id) || claimed.has(identity)) {
        const holder = JSON.stringify(owner?.id ?? user.id);
        throw cannot(
          task,
          "conflict",
          `the identity ${channel}:${platformId} belongs to user ${holder}`,
        );
      }
      claimed.add(identity);
    }
    this.#users.set(user.id, structuredClone(user));
  }

  #owner(channel: string, platformId: string): User | undefined {
    return [...this.#users.values()].find(({ identities }) =>
      identities.some((identity) =>
        identity.channel === channel && identity.platformId === platformId
      )
    );
  }
}
