// SPDX-License-Identifier: Apache-2.0

import type { App } from "./app.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";

/** Where a server listens. */
export interface ListenAddress {
  /** The address, such as `127.0.0.1`. */
  readonly hostname: string;
  /** The port; 0 takes any that is free. */
  readonly port: number;
}

/** A gateway that listens. */
export interface Server extends AsyncDisposable {
  /** Where it is reached. */
  readonly url: string;
  /** Stops listening, drains, and ends what is left. Calling it again does nothing. */
  close(): Promise<void>;
}

/** How long a client has, after the drain, to take the last bytes of its answer. */
const LAST_BYTES_MS = 2_000;

/**
 * Listens.
 *
 * Requires `--allow-net` for the address.
 *
 * @throws {GatewayError} With code `address_in_use` or `address_unavailable`.
 */
export function serve(app: App, address: ListenAddress, clock: Clock): Server {
  const force = new AbortController();
  const server = listen(app, address, force.signal);
  let closed: Promise<void> | undefined;
  const close = () => closed ??= stop(server, app, clock, force);
  const { hostname, port } = server.addr;
  return { url: toUrl(hostname, port), close, [Symbol.asyncDispose]: close };
}

/** Reads an address such as `127.0.0.1:18789`, `[::1]:80` or `localhost:0`. */
export function parseListen(text: string): ListenAddress {
  const [, hostname, digits] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (hostname === undefined || port > 65_535) {
    throw new GatewayError("address_unavailable", `Cannot listen on "${text}": not host:port`, {
      nextStep: "Name a host and a port, such as 127.0.0.1:18789",
    });
  }
  return { hostname: hostname.replace(/^\[|\]$/g, "") || "0.0.0.0", port };
}

function listen(
  app: App,
  { hostname, port }: ListenAddress,
  signal: AbortSignal,
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve(
      { hostname, port, signal, onListen() {}, onError },
      (request, info) => app.fetch(request, () => info.remoteAddr.hostname),
    );
  } catch (cause) {
    throw cannotListen(`${hostname}:${port}`, cause);
  }
}

// The app never rejects: what arrives here is a stream that was cut off, which is no news to anybody.
function onError(): Response {
  return new Response(null, { status: 500 });
}

async function stop(
  server: Deno.HttpServer<Deno.NetAddr>,
  app: App,
  clock: Clock,
  force: AbortController,
): Promise<void> {
  const finished = server.shutdown();
  await app.drain();
  const cancel = clock.schedule(() => force.abort(), LAST_BYTES_MS);
  await finished;
  cancel();
}

function cannotListen(address: string, cause: unknown): GatewayError {
  if (cause instanceof Deno.errors.AddrInUse) {
    return new GatewayError("address_in_use", `Cannot listen on ${address}: the port is taken`, {
      nextStep: "Stop the program that holds it, or choose another with --listen",
      cause,
    });
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("address_unavailable", `Cannot listen on ${address}: ${why}`, {
    nextStep: "Choose an address of this machine with --listen, such as 127.0.0.1:18789",
    cause,
  });
}

function toUrl(hostname: string, port: number): string {
  const isAnywhere = hostname === "0.0.0.0" || hostname === "::";
  const name = isAnywhere ? "127.0.0.1" : hostname;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}
