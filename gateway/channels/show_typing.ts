// SPDX-License-Identifier: Apache-2.0

import type { ManagedChannel } from "@sigil/plugin/manager";
import type { Clock } from "../clock.ts";

/** Shows that somebody is typing, until it is stopped. */
export interface Typing extends Disposable {
  /** Shows it no more. Calling it again does nothing. */
  stop(): void;
}

/** Platforms forget it after some five seconds. */
const AGAIN_MS = 4_000;

/** Shows in a chat that an answer is being written, for as long as the platform takes that. */
export function showTyping(
  channel: Pick<ManagedChannel, "updatePresence">,
  channelId: string,
  clock: Clock,
): Typing {
  const stopping = new AbortController();
  let cancel = () => {};
  const show = async () => {
    try {
      const { signal } = stopping;
      const isShown = await channel.updatePresence({ channelId, status: "typing" }, { signal });
      if (isShown && !signal.aborted) cancel = clock.schedule(show, AGAIN_MS);
    } catch {
      // It is a courtesy: whoever cannot show it goes without.
    }
  };
  const stop = () => {
    stopping.abort();
    cancel();
  };
  show();
  return { stop, [Symbol.dispose]: stop };
}
