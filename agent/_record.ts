// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from "@sigil/store";
import type { Speaker } from "./_access.ts";
import type { Parts } from "./_parts.ts";

/** Something done, as the audit log keeps it. */
export interface Deed {
  readonly action: string;
  readonly result: string;
  readonly plugin?: string | undefined;
  readonly details?: JsonObject | undefined;
}

/** Records something done on behalf of a speaker. */
export async function record(parts: Parts, speaker: Speaker, deed: Deed): Promise<void> {
  await parts.audit.append({
    id: parts.newId(),
    timestamp: parts.now(),
    action: deed.action,
    actor: speaker.userId,
    plugin: deed.plugin ?? "",
    workspaceId: speaker.workspaceId,
    sessionId: speaker.sessionId,
    details: deed.details ?? {},
    result: deed.result,
  });
}
