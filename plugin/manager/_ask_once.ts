// SPDX-License-Identifier: Apache-2.0

import type { PluginProcess } from "../process/plugin_process.ts";

/** What calls of a plugin go through. */
export interface CallHost {
  /** The plugin. */
  readonly name: string;
  /** Waits until the plugin can be called, and runs a call that can be drained. */
  call<T>(
    signal: AbortSignal,
    run: (process: PluginProcess) => AsyncIterable<T>,
  ): AsyncIterable<T>;
}

/** Makes a call with one answer. */
export async function askOnce<T>(
  host: CallHost,
  options: { readonly signal?: AbortSignal | undefined } | undefined,
  run: (process: PluginProcess) => Promise<T>,
): Promise<T> {
  const signal = options?.signal ?? new AbortController().signal;
  const answers = host.call(signal, async function* (process) {
    yield await run(process);
  });
  for await (const answer of answers) return answer;
  throw new TypeError("A call gave no answer");
}
