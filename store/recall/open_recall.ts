// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import { checkCount, checkKey } from "../_validate.ts";
import type { Logger } from "../logger.ts";
import type { MemoryStore } from "../memory_store.ts";
import type { Message } from "../message.ts";
import { WorkspaceRecall } from "./_workspace_recall.ts";
import type { Embedder } from "./embedder.ts";
import type {
  PrepareOptions,
  Recall,
  RecallAnswer,
  RecallOptions,
  RecallStatus,
} from "./recall.ts";
import { openFolderStorage, openInmemStorage, type RecallStorage } from "./recall_storage.ts";

/** The stores that are recalled from, such as those of `openWorkspaceStores()`. */
export interface RecallStores {
  /** Messages, summaries and knowledge. */
  readonly memory: Pick<MemoryStore, "messages" | "summaries" | "knowledge">;
}

/** How recall works. */
export interface OpenRecallOptions {
  /** The folder for what is learned and embedded. Without one it is kept until recall is closed. */
  readonly directory?: string | undefined;
  /** Where to keep it instead of a folder. */
  readonly storage?: RecallStorage | undefined;
  /**
   * Gives embeddings; without it, meaning is what the workspace's own texts teach. Of several the first
   * is used; those after it know the embeddings of the past, which are searched until all texts are
   * embedded by the first.
   */
  readonly embed?: Embedder | readonly Embedder[] | undefined;
  /**
   * Gives the name of who speaks in a message; `metadata.name` or `metadata.speaker` when absent.
   */
  readonly speakerOf?: ((message: Message) => string | undefined) | undefined;
  /**
   * How many messages are held for feedback, meaning and neighbours, the newest of each workspace;
   * older ones are found by their words alone. A thousand take about two megabytes. At most 100,000.
   *
   * @default {50000}
   */
  readonly maxMessages?: number | undefined;
  /**
   * Whether a question begins what is due of learning and embedding. If not, `prepare()` does.
   *
   * @default {true}
   */
  readonly learnsInBackground?: boolean | undefined;
  /** Told what fails in the background. Silent unless given. */
  readonly logger?: Logger | undefined;
}

const DEFAULT_MAX_MESSAGES = 50_000;
const MOST_MESSAGES = 100_000;

/**
 * Opens recall over the stores of workspaces, which stay open when it is closed.
 *
 * Requires `--allow-read` and `--allow-write` for `directory`; none without.
 *
 * @throws {StoreError} With code `invalid_input` when an option is malformed.
 *
 * @example Usage
 * ```ts
 * import { openWorkspaceStores } from "@sigil/store";
 * import { openRecall } from "@sigil/store/recall";
 *
 * await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
 * await using recall = await openRecall(stores);
 * await stores.memory.messages.append("home", {
 *   id: "m1",
 *   role: "user",
 *   content: "The plumber repaired the boiler",
 *   createdAt: new Date("2025-05-06"),
 * });
 * const { hits } = await recall.recall("home", "What did I say about the boiler last May?", {
 *   now: new Date("2026-02-01"),
 * });
 * for (const { score, signals } of hits) console.assert(score > 0 && signals.length > 0);
 * ```
 */
export async function openRecall(
  stores: RecallStores,
  options: OpenRecallOptions = {},
): Promise<Recall> {
  return new StoresRecall(stores, options);
}

class StoresRecall implements Recall {
  readonly #stores: RecallStores;
  readonly #options: OpenRecallOptions;
  readonly #storage: RecallStorage;
  readonly #embedders: readonly Embedder[];
  readonly #maxMessages: number;
  readonly #workspaces = new Map<string, WorkspaceRecall>();
  #closing: Promise<void> | undefined;

  constructor(stores: RecallStores, options: OpenRecallOptions) {
    const task = { action: "open recall in", subject: options.directory ?? "memory" };
    this.#stores = stores;
    this.#options = options;
    this.#maxMessages = options.maxMessages ?? DEFAULT_MAX_MESSAGES;
    checkCount(task, "maxMessages", this.#maxMessages, MOST_MESSAGES);
    this.#embedders = [options.embed ?? []].flat();
    for (const { model } of this.#embedders) {
      checkKey(task, "embed.model", model);
    }
    this.#storage = options.storage ??
      (options.directory === undefined ? openInmemStorage() : openFolderStorage(options.directory));
  }

  async recall(
    workspaceId: string,
    query: string,
    options: RecallOptions = {},
  ): Promise<RecallAnswer> {
    const task = { action: "recall from workspace", subject: workspaceId };
    return await this.#workspace(task, options.signal).recall(task, query, options);
  }

  async prepare(workspaceId: string, options: PrepareOptions = {}): Promise<RecallStatus> {
    const task = { action: "prepare recall of workspace", subject: workspaceId };
    return await this.#workspace(task, options.signal).prepare(options);
  }

  status(workspaceId: string): RecallStatus {
    const task = { action: "get recall status of workspace", subject: workspaceId };
    return this.#workspace(task, undefined).status();
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #closeAll(): Promise<void> {
    const reason = cannot(
      { action: "learn in", subject: this.#options.directory ?? "memory" },
      "closed",
      "recall has been closed",
    );
    await Promise.all(this.#workspaces.values().map((workspace) => workspace.close(reason)));
  }

  #workspace(task: Task, signal: AbortSignal | undefined): WorkspaceRecall {
    signal?.throwIfAborted();
    if (this.#closing !== undefined) {
      throw cannot(task, "closed", "recall has been closed");
    }
    const id = checkKey(task, "workspaceId", task.subject);
    let workspace = this.#workspaces.get(id);
    if (workspace === undefined) {
      workspace = this.#openWorkspace(id);
      this.#workspaces.set(id, workspace);
    }
    return workspace;
  }

  #openWorkspace(id: string): WorkspaceRecall {
    const { speakerOf = namedSpeaker, learnsInBackground = true, logger } = this.#options;
    return new WorkspaceRecall(this.#stores.memory, id, {
      storage: this.#storage,
      embedders: this.#embedders,
      maxMessages: this.#maxMessages,
      speakerOf,
      learnsInBackground,
      logger,
    });
  }
}

function namedSpeaker({ metadata }: Message): string | undefined {
  return metadata["name"] ?? metadata["speaker"];
}
