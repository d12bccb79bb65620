// SPDX-License-Identifier: Apache-2.0

import { GatewayError } from "./errors.ts";
import { Authenticator, type Identity } from "./identity.ts";
import { RateLimiter } from "./rate_limiter.ts";
import type { Services } from "./services.ts";

/** How fast one address may show wrong tokens; right ones are always let in. */
const WRONG_TOKENS = { perSecond: 1, burst: 20 };

/** How fast refusals of one address are written into the audit log. */
const AUDITED_REFUSALS = { perSecond: 0.1, burst: 5 };

const LOCAL_NAMES = new Set(["localhost", "sigil.localhost"]);

/** Where the command line asks, whatever the mode. */
const LOOPBACK = new Set(["127.0.0.1", "[::1]"]);

/** Decides who comes in. */
export class Door {
  readonly #services: Services;
  readonly #authenticator: Authenticator;
  readonly #requests: RateLimiter;
  readonly #wrongTokens: RateLimiter;
  readonly #auditedRefusals: RateLimiter;
  readonly #isLocal: boolean;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;

  /** Makes a door that knows the token, the hosts and the origins of a gateway. */
  constructor(services: Services) {
    const { clock, limits, token, gatewayStore, allowedHosts = [], allowedOrigins } = services;
    this.#services = services;
    this.#authenticator = new Authenticator(token, gatewayStore.users);
    this.#requests = new RateLimiter(limits.requests, clock);
    this.#wrongTokens = new RateLimiter(WRONG_TOKENS, clock);
    this.#auditedRefusals = new RateLimiter(AUDITED_REFUSALS, clock);
    this.#isLocal = services.mode !== "public";
    this.#hosts = new Set(allowedHosts.map((host) => host.toLowerCase()));
    this.#origins = new Set(allowedOrigins);
  }

  /**
   * Refuses a request that was sent to a foreign name, or by the page of a foreign site.
   *
   * A page whose name its owner has pointed at this machine could ask us otherwise, with the reader's
   * browser as its hand. An address in numbers cannot be pointed elsewhere.
   *
   * @throws {GatewayError} With code `host_not_allowed` or `origin_not_allowed`.
   */
  checkPlace(request: Request): void {
    const host = request.headers.get("host")?.toLowerCase() ?? "";
    if (!this.#isOwnHost(host)) {
      throw new GatewayError(
        "host_not_allowed",
        "Cannot let the request in: its Host header names another host",
      );
    }
    const origin = request.headers.get("origin");
    if (origin === null || this.isAllowedOrigin(origin)) return;
    if (origin === `http://${host}` || origin === `https://${host}`) return;
    throw new GatewayError(
      "origin_not_allowed",
      "Cannot let the request in: it comes from a page of another site",
    );
  }

  /** Whether web pages of that origin may ask. */
  isAllowedOrigin(origin: string): boolean {
    return this.#origins.has(origin);
  }

  /**
   * Finds out who asks, and whether they may ask now.
   *
   * @param remote Gives the address of who asks: it is looked up for those who are refused alone.
   * @throws {GatewayError} With code `unauthorized` or `rate_limited`.
   */
  async enter(request: Request, remote: () => string): Promise<Identity> {
    const identity = await this.#identify(request, remote);
    const waitMs = this.#requests.take(identity.userId);
    if (waitMs > 0) throw rateLimited(waitMs);
    return identity;
  }

  async #identify(request: Request, remote: () => string): Promise<Identity> {
    try {
      return await this.#authenticator.identify(request.headers.get("authorization"));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      const address = remote();
      await this.#recordRefusal(request, address);
      const waitMs = this.#wrongTokens.take(address);
      throw waitMs > 0 ? rateLimited(waitMs) : error;
    }
  }

  async #recordRefusal(request: Request, remote: string): Promise<void> {
    this.#services.metrics.count("sigil_refused_total", "Requests with no valid token.");
    if (this.#auditedRefusals.take(remote) > 0) return;
    const { pathname } = new URL(request.url);
    const details = { remote, path: pathname.slice(0, 200) };
    await this.#services.recorder.note({
      action: "auth.refused",
      actor: "unknown",
      details,
      result: "denied",
    });
  }

  #isOwnHost(host: string): boolean {
    const name = host.replace(/:\d+$/, "");
    if (LOOPBACK.has(name) || this.#hosts.has(name) || this.#hosts.has(host)) return true;
    return this.#isLocal && (LOCAL_NAMES.has(name) || isAddress(name));
  }
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

function rateLimited(waitMs: number): GatewayError {
  const message = "Cannot answer so many requests: wait a moment";
  return new GatewayError("rate_limited", message, { retryAfterMs: waitMs });
}
