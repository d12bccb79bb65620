// SPDX-License-Identifier: Apache-2.0

import type { Tool } from "@sigil/plugin";
import { memoryRecall } from "./_memory_recall.ts";
import { memoryRemember } from "./_memory_remember.ts";
import { memorySearch } from "./_memory_search.ts";
import { memorySemantic } from "./_memory_semantic.ts";
import { memorySummary } from "./_memory_summary.ts";
import type { Embed, OpenWorkspace } from "./options.ts";
import { uuidV7 } from "./_uuid.ts";

/** Options of {@linkcode memoryTools}. */
export interface MemoryToolsOptions {
  /** Gives the stores of a workspace, which stay the caller's to close. */
  readonly openWorkspace: OpenWorkspace;
  /** The embedding that made the vectors; without it `memory_semantic` says that it cannot search. */
  readonly embed?: Embed | undefined;
  /** Tells the time; the machine's clock when absent. */
  readonly now?: (() => Date) | undefined;
  /** Makes an id that was never used; UUIDs of version 7 when absent. */
  readonly newId?: (() => string) | undefined;
}

/**
 * Makes the tools with which an agent looks into the memory of the workspace that it works in:
 * `memory_search`, `memory_summary`, `memory_recall`, `memory_remember` and `memory_semantic`.
 *
 * The four that read need the capability `memory.read.self`, `memory_remember` needs
 * `memory.write.self`. All members of a workspace share its memory. What is found is given as JSON
 * objects, one a line: `{"date":"2026-05-03T10:00:00.000Z","role":"user","text":"…"}`, where `role` is
 * `user`, `assistant`, `summary` or `fact`; when nothing is found, as the line `Nothing found`. What a
 * client brought from elsewhere has `"origin":"client"` too.
 *
 * @example Usage
 * ```ts
 * import { memoryTools } from "@sigil/agent";
 * import type { WorkspaceStores } from "@sigil/store";
 *
 * const opened = new Map<string, WorkspaceStores>();
 * const tools = memoryTools({
 *   openWorkspace: async (workspaceId) => {
 *     const stores = opened.get(workspaceId);
 *     if (stores === undefined) throw new Error(`There is no workspace ${workspaceId}`);
 *     return stores;
 *   },
 * });
 * const names = tools.map((tool) => tool.definition.name);
 * ```
 */
export function memoryTools(options: MemoryToolsOptions): readonly Tool[] {
  const now = options.now ?? (() => new Date());
  const parts = {
    openWorkspace: options.openWorkspace,
    embed: options.embed,
    now,
    newId: options.newId ?? (() => uuidV7(now())),
  };
  return [
    memorySearch(parts),
    memorySummary(parts),
    memoryRecall(parts),
    memoryRemember(parts),
    memorySemantic(parts),
  ];
}
