// SPDX-License-Identifier: Apache-2.0

import type { KeyValueStore } from "@sigil/plugin/sdk";
import type { Api } from "npm:grammy@^1.46.0/web";
import { type ApiSignal, type Patience, patiently } from "./patience.ts";

type Update = Awaited<ReturnType<Api["getUpdates"]>>[number];

/** How long Telegram holds a question for news, in seconds. */
const LONG_POLL_SECONDS = 30;

/** Telegram gives at most 100 updates at a time, and gives again those that were not confirmed. */
const REMEMBERED = 200;

const KEY = "delivered";

/**
 * Gives each update once, the oldest first, over cuts and restarts.
 *
 * An update is confirmed to Telegram once the reader has asked for the next one. Until then Telegram
 * gives it again, also to a new process, which knows from its store what the last one had delivered.
 */
export async function* updates(
  api: Api,
  store: KeyValueStore,
  patience: Patience,
): AsyncGenerator<Update> {
  const delivered = await loadDelivered(store);
  let offset: number | undefined;
  for (;;) {
    const batch = await patiently((signal) => ask(api, offset, signal), patience);
    for (const update of batch) {
      if (delivered.includes(update.update_id)) continue;
      yield update;
      delivered.push(update.update_id);
      delivered.splice(0, delivered.length - REMEMBERED);
      await store.set(KEY, JSON.stringify(delivered));
    }
    // Once all is confirmed there is nothing to skip; after a quiet week the numbers start anew.
    offset = batch.length === 0 ? undefined : Math.max(...batch.map(idOf)) + 1;
  }
}

function ask(api: Api, offset: number | undefined, signal: ApiSignal): Promise<Update[]> {
  return api.getUpdates({
    timeout: LONG_POLL_SECONDS,
    allowed_updates: ["message", "edited_message"],
    ...offset !== undefined && { offset },
  }, signal);
}

async function loadDelivered(store: KeyValueStore): Promise<number[]> {
  const kept = await store.get(KEY);
  const ids: unknown = JSON.parse(kept === undefined ? "[]" : new TextDecoder().decode(kept));
  return Array.isArray(ids) ? ids.map(Number) : [];
}

function idOf(update: Update): number {
  return update.update_id;
}
