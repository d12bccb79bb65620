// SPDX-License-Identifier: Apache-2.0

import {
  openWorkspaceStores,
  type StorageConfig,
  StoreError,
  type WorkspaceStores,
} from "@sigil/store";
import { join } from "node:path";
import type { Logger } from "./logger.ts";

/** What a {@linkcode WorkspacePool} works with. */
export interface WorkspacePoolOptions {
  /** How the stores are kept. */
  readonly storage: StorageConfig;
  /** Where they are kept. */
  readonly directory: string;
  /** Whether there is a workspace of that name. */
  readonly isKnown: (workspaceId: string) => boolean;
  /** Told what the stores have to say. */
  readonly logger: Logger;
}

/** Opens the stores of each workspace when it is first asked for, and keeps them open. */
export class WorkspacePool implements AsyncDisposable {
  readonly #options: WorkspacePoolOptions;
  readonly #opened: Map<string, Promise<WorkspaceStores>> = new Map();

  /** Makes an empty one. */
  constructor(options: WorkspacePoolOptions) {
    this.#options = options;
  }

  /**
   * Gives the stores of a workspace, which stay the pool's to close.
   *
   * @throws {StoreError} With code `not_found` when there is no such workspace, or why it cannot be opened.
   */
  readonly open = async (workspaceId: string): Promise<WorkspaceStores> => {
    if (!this.#options.isKnown(workspaceId)) {
      const message = `Cannot open workspace "${workspaceId}": there is none of that name`;
      throw new StoreError("not_found", message, { subject: workspaceId });
    }
    const known = this.#opened.get(workspaceId);
    if (known !== undefined) return await known;
    const opening = this.#openStores(workspaceId);
    this.#opened.set(workspaceId, opening);
    return await opening;
  };

  /** Closes every workspace. */
  async [Symbol.asyncDispose](): Promise<void> {
    await using stack = new AsyncDisposableStack();
    for (const opening of this.#opened.values()) {
      const stores = await opening.catch(() => undefined);
      if (stores !== undefined) stack.use(stores);
    }
    this.#opened.clear();
  }

  async #openStores(workspaceId: string): Promise<WorkspaceStores> {
    const { storage, directory, logger } = this.#options;
    const folder = join(directory, "workspaces", workspaceId);
    try {
      return await openWorkspaceStores(storage, folder, { logger });
    } catch (error) {
      this.#opened.delete(workspaceId); // so that it is tried again when the cause is mended
      throw error;
    }
  }
}
