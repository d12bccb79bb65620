// SPDX-License-Identifier: Apache-2.0

import type { Plugin } from "../sdk/mod.ts";
import type { BytePipe } from "../transport/byte_pipe.ts";
import { FrameConnection } from "../transport/frame_connection.ts";
import type { IncomingCall } from "../transport/incoming_call.ts";
import { type ServedService, serveServices } from "../transport/serve_services.ts";
import { STATUS } from "../transport/status.ts";
import { channelService } from "./_channel_service.ts";
import { contextMaker } from "./_context.ts";
import { errorText } from "./_error_text.ts";
import { createHostClient } from "./_host_client.ts";
import { lifecycleService } from "./_lifecycle_service.ts";
import { providerService } from "./_provider_service.ts";
import { toolService } from "./_tool_service.ts";

/** What {@linkcode servePlugin} needs. */
export interface ServePluginOptions {
  /** Leads to the host. */
  readonly pipe: BytePipe;
  /** Gives the default export of the plugin's main module. */
  readonly load: () => Promise<unknown>;
  /** Told once, when the host is gone. */
  readonly onEnd: () => void;
}

/** Answers the host's calls with a plugin; they wait until it is loaded. */
export function servePlugin({ pipe, load, onEnd }: ServePluginOptions): void {
  const calls = new CallQueue();
  const connection = new FrameConnection({
    side: "plugin",
    pipe,
    serve: (call) => calls.take(call),
    onEnd: (error) => {
      connection.close(error ?? new Error("The gateway is gone"));
      onEnd();
    },
  });
  const stopping = new AbortController();
  const makeContext = contextMaker(createHostClient(connection));

  load().then(asPlugin).then((plugin) => {
    const finish = () => {
      stopping.abort();
      return calls.idle();
    };
    calls.open(serveServices([
      lifecycleService(plugin, makeContext, finish),
      serviceOf(plugin),
    ], { toFailure, onBreach: (error) => connection.breach(error) }));
  }).catch((error) => calls.refuse(errorText(error)));

  function serviceOf(plugin: Plugin): ServedService {
    switch (plugin.type) {
      case "tool":
        return toolService(plugin, makeContext);
      case "channel":
        return channelService(plugin, makeContext, stopping.signal);
      case "provider":
        return providerService(plugin, makeContext);
    }
  }
}

function toFailure(error: unknown): { status: number; text: string } {
  return { status: STATUS.unknown, text: errorText(error) };
}

const NEEDED: Readonly<Record<Plugin["type"], readonly string[]>> = {
  tool: ["tools"],
  channel: ["start", "send"],
  provider: ["name", "listModels", "chat"],
};

function asPlugin(value: unknown): Plugin {
  if (typeof value !== "object" || value === null || !("type" in value)) {
    throw new TypeError("Its default export is no plugin: an object with a type was expected");
  }
  const needed = Object.entries(NEEDED).find(([type]) => type === value.type)?.[1];
  if (needed === undefined) throw new TypeError("Its type is not tool, channel or provider");
  for (const field of needed) {
    if (!(field in value)) throw new TypeError(`Its default export has no ${field}`);
  }
  return value as Plugin; // As far as can be seen without calling it.
}

type Serve = (call: IncomingCall) => Promise<void>;

/** Holds calls until something answers them, and knows which are under way. */
class CallQueue {
  #waiting: IncomingCall[] = [];
  #serve: Serve | undefined;
  #running = 0;
  #wake: (() => void) | undefined;

  take(call: IncomingCall): void {
    if (this.#serve === undefined) this.#waiting.push(call);
    else this.#run(call, this.#serve);
  }

  open(serve: Serve): void {
    this.#serve = serve;
    for (const call of this.#waiting.splice(0)) this.#run(call, serve);
  }

  refuse(reason: string): void {
    this.open(async (call) => call.end(STATUS.failed_precondition, reason));
  }

  /** Resolves when no call is under way but those of the lifecycle. */
  async idle(): Promise<void> {
    while (this.#running > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  async #run(call: IncomingCall, serve: Serve): Promise<void> {
    const counts = !call.path.startsWith("plugin.v1.PluginLifecycle/");
    if (counts) this.#running++;
    await serve(call);
    if (counts) this.#running--;
    this.#wake?.();
  }
}
