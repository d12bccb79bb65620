// SPDX-License-Identifier: Apache-2.0

import { openWorkspaceStores, type WorkspaceStores } from "@sigil/store";

/** Opens the stores of a workspace in memory. */
export function openInmemStores(): Promise<WorkspaceStores> {
  return openWorkspaceStores({ backend: "inmem" }, "unused");
}

/** Opens the stores of a workspace in a directory. */
export function openSqliteStores(directory: string): Promise<WorkspaceStores> {
  return openWorkspaceStores({ backend: "sqlite" }, directory);
}
