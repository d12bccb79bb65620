// SPDX-License-Identifier: Apache-2.0

/** Where to listen. */
export interface ListenAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly hostname: string;
  /** From 0, for any free one, to 65535. */
  readonly port: number;
}

const LISTEN = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)):(\d{1,5})$/i;

/**
 * Reads `networking.listen`: `host:port`, or `[address]:port` for IPv6.
 *
 * @returns Undefined when the text is nothing to listen on.
 *
 * @example Usage
 * ```ts
 * import { parseListenAddress } from "@sigil/config";
 *
 * const address = parseListenAddress("[::1]:18789");
 * console.assert(address?.hostname === "::1" && address.port === 18789);
 * ```
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, address, host, digits] = LISTEN.exec(text) ?? [];
  const hostname = address ?? host;
  const port = Number(digits);
  if (hostname === undefined || port > 65_535) return undefined;
  // The URL parser knows which addresses exist: it refuses 999.1.1.1 and [1:2].
  return URL.canParse(`http://${text}/`) ? { hostname, port } : undefined;
}
