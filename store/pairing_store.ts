// SPDX-License-Identifier: Apache-2.0

import type { CallOptions } from "./options.ts";

/** Whether a pairing lets messages through. */
export type PairingStatus = "active" | "pending" | "denied";

/** Every {@linkcode PairingStatus}. */
export const PAIRING_STATUSES: readonly PairingStatus[] = ["active", "pending", "denied"];

/** Binds a user's chat on a channel to a workspace. */
export interface Pairing {
  /** Unique in the gateway. */
  readonly id: string;
  /** The user bound. */
  readonly userId: string;
  /** The kind of channel, such as `telegram`. */
  readonly channelType: string;
  /** The chat on that channel. */
  readonly channelId: string;
  /** The workspace bound. */
  readonly workspaceId: string;
  /** Whether it lets messages through. */
  readonly status: PairingStatus;
  /** When it was made, to the millisecond. */
  readonly createdAt: Date;
}

/** A {@linkcode Pairing} as handed in: `pending` and made now unless it says otherwise. */
export type PairingInput =
  & Omit<Pairing, "status" | "createdAt">
  & { readonly [Key in "status" | "createdAt"]?: Pairing[Key] | undefined };

/** Keeps the pairings of a gateway. Several users may be paired on one chat, each once. */
export interface PairingStore {
  /**
   * Adds a pairing.
   *
   * @throws {StoreError} With code `conflict` when the id is taken or the user is already paired on
   *   that chat, `not_found` when there is no such user.
   */
  create(pairing: PairingInput, options?: CallOptions): Promise<void>;

  /**
   * Gives the pairing of a chat: the active one if there is one, else the newest.
   *
   * @param options With `userId`, the pairing of that user on the chat.
   * @throws {StoreError} With code `not_found`.
   */
  getByChannel(
    channelType: string,
    channelId: string,
    options?: CallOptions & { readonly userId?: string | undefined },
  ): Promise<Pairing>;

  /** Gives the pairings of a user, oldest first, ties by id. */
  getByUser(userId: string, options?: CallOptions): Promise<readonly Pairing[]>;

  /**
   * Replaces the status and workspace of a pairing.
   *
   * @throws {StoreError} With code `not_found`.
   */
  update(pairing: PairingInput, options?: CallOptions): Promise<void>;

  /**
   * Removes a pairing.
   *
   * @throws {StoreError} With code `not_found`.
   */
  delete(id: string, options?: CallOptions): Promise<void>;
}
