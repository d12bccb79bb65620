// SPDX-License-Identifier: Apache-2.0

import type { WorkspaceStores } from "@sigil/store";

/** Is told of every call of a method before it is made: `sessions.appendMessage` and the like. */
export type Before = (method: string, args: readonly unknown[]) => void | Promise<void>;

/** Gives the same stores, with a look at every call. Closing them closes the stores beneath. */
export function interceptStores(stores: WorkspaceStores, before: Before): WorkspaceStores {
  const { memory } = stores;
  const close = () => stores.close();
  return {
    sessions: intercept("sessions", stores.sessions, before),
    vectors: intercept("vectors", stores.vectors, before),
    memory: {
      messages: intercept("messages", memory.messages, before),
      summaries: intercept("summaries", memory.summaries, before),
      knowledge: intercept("knowledge", memory.knowledge, before),
      close,
      [Symbol.asyncDispose]: close,
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function intercept<T extends object>(name: string, target: T, before: Before): T {
  return new Proxy(target, {
    get(_target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]) => {
        await before(`${name}.${String(key)}`, args);
        return await value.apply(target, args);
      };
    },
  });
}
