// SPDX-License-Identifier: Apache-2.0

import type { DescMethodServerStreaming, DescMethodUnary } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { PluginError } from "../errors.ts";
import type { PolledIterator } from "../transport/polled_iterator.ts";
import type { RpcCaller } from "../transport/rpc_caller.ts";
import type { PluginCallOptions } from "./plugin_process.ts";

/** What {@linkcode RemotePlugin} needs. */
export interface RemotePluginOptions {
  /** The plugin's name, for errors. */
  readonly plugin: string;
  /** Makes the calls. */
  readonly caller: RpcCaller;
  /** The limit of a call with one answer that gives none of its own; 0 is no limit. */
  readonly callTimeoutMs: number;
}

/** Calls a plugin with what our own callers give. */
export class RemotePlugin {
  readonly #plugin: string;
  readonly #caller: RpcCaller;
  readonly #callTimeoutMs: number;

  constructor({ plugin, caller, callTimeoutMs }: RemotePluginOptions) {
    this.#plugin = plugin;
    this.#caller = caller;
    this.#callTimeoutMs = callTimeoutMs;
  }

  /** Calls a method that has one answer. */
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    input: MessageInitShape<I>,
    { timeoutMs = this.#callTimeoutMs, signal }: PluginCallOptions = {},
  ): Promise<MessageShape<O>> {
    return this.#caller.unary(method, input, { timeoutMs, signal });
  }

  /** Calls a method that has a stream of answers. */
  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    input: MessageInitShape<I>,
    { timeoutMs = 0, signal }: PluginCallOptions = {},
  ): PolledIterator<MessageShape<O>> {
    return this.#caller.stream(method, input, { timeoutMs, signal });
  }

  /** What the plugin says of itself in an answer, as an error. */
  failure(doWhat: string, why: string): PluginError {
    const plugin = this.#plugin;
    const message = `Cannot ${doWhat} plugin "${plugin}": ${why || "it does not say why"}`;
    return new PluginError("failed", message, { plugin });
  }
}
