// SPDX-License-Identifier: Apache-2.0

import { type GatewayStore, StoreError, type User } from "@sigil/store";
import { GatewayError } from "./errors.ts";
import { hashToken, tokenFault, TokenMatcher } from "./token.ts";

/** The channel under which the hash of a user's token is kept among their identities. */
export const TOKEN_CHANNEL = "token";

/** The user that the gateway's own token stands for. */
export const OWNER_ID = "owner";

/** Who asks. */
export interface Identity {
  /** The user. */
  readonly userId: string;
  /** An `admin` may do everything, a `member` may talk and see what is their own. */
  readonly role: "admin" | "member";
}

const OWNER: Identity = { userId: OWNER_ID, role: "admin" };

/** Finds out who asks, from the token that they show. */
export class Authenticator {
  readonly #ownerToken: TokenMatcher;
  readonly #users: GatewayStore["users"];

  /** Makes one that knows the gateway's own token and the tokens of its users. */
  constructor(token: string, users: GatewayStore["users"]) {
    this.#ownerToken = new TokenMatcher(token);
    this.#users = users;
  }

  /**
   * Gives the identity of a request.
   *
   * @param header The `Authorization` header.
   * @throws {GatewayError} With code `unauthorized`.
   */
  async identify(header: string | null | undefined): Promise<Identity> {
    const token = /^Bearer ([^ ]+)$/i.exec(header ?? "")?.[1] ?? "";
    if (tokenFault(token) !== undefined) throw unauthorized();
    if (this.#ownerToken.matches(token)) return OWNER;
    return toIdentity(await this.#findUser(hashToken(token)));
  }

  async #findUser(hash: string): Promise<User> {
    try {
      return await this.#users.getByExternalId(TOKEN_CHANNEL, hash);
    } catch (error) {
      if (error instanceof StoreError && error.code === "not_found") throw unauthorized();
      throw error;
    }
  }
}

/** What a user may do. Any role but `admin` is that of a member. */
export function toIdentity(user: Pick<User, "id" | "role">): Identity {
  return { userId: user.id, role: user.role === "admin" ? "admin" : "member" };
}

// One sentence for a missing and for a wrong token: the difference would help only an attacker.
function unauthorized(): GatewayError {
  return new GatewayError(
    "unauthorized",
    "Cannot let the request in: it needs the header Authorization: Bearer <token> with a valid token",
  );
}
