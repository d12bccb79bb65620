// SPDX-License-Identifier: Apache-2.0

import type { CallOptions, ListOptions } from "./options.ts";

/** Who somebody is on one platform. */
export interface UserIdentity {
  /** The channel, such as `telegram`. */
  readonly channel: string;
  /** The name or number that the platform knows them by. */
  readonly platformId: string;
}

/** A person who uses the gateway. */
export interface User {
  /** Unique in the gateway. */
  readonly id: string;
  /** What they are called. */
  readonly name: string;
  /** What they may do, such as `admin` or `member`. */
  readonly role: string;
  /** Who they are on the platforms. An identity belongs to one user at most. */
  readonly identities: readonly UserIdentity[];
  /** When they were added, to the millisecond. */
  readonly createdAt: Date;
  /** When they last changed, to the millisecond. */
  readonly updatedAt: Date;
}

/** A {@linkcode User} as handed in: a `member` without identities, added now, unless it says otherwise. */
export type UserInput =
  & Pick<User, "id" | "name">
  & { readonly [Key in "role" | "identities" | "createdAt" | "updatedAt"]?: User[Key] | undefined };

/** Keeps the users of a gateway. */
export interface UserStore {
  /**
   * Adds a user.
   *
   * @throws {StoreError} With code `conflict` when the id or one of the identities is taken.
   */
  create(user: UserInput, options?: CallOptions): Promise<void>;

  /**
   * Gives the user with that id.
   *
   * @throws {StoreError} With code `not_found`.
   */
  get(id: string, options?: CallOptions): Promise<User>;

  /**
   * Gives the user who has that identity.
   *
   * @throws {StoreError} With code `not_found`.
   */
  getByExternalId(channel: string, platformId: string, options?: CallOptions): Promise<User>;

  /**
   * Replaces every field of a user but `createdAt`, identities included.
   *
   * @throws {StoreError} With code `not_found`, or `conflict` when an identity belongs to another.
   */
  update(user: UserInput, options?: CallOptions): Promise<void>;

  /** Lists users by name, ties by id. */
  list(options?: ListOptions): Promise<readonly User[]>;

  /**
   * Removes a user with their identities and pairings.
   *
   * @throws {StoreError} With code `not_found`.
   */
  delete(id: string, options?: CallOptions): Promise<void>;
}
