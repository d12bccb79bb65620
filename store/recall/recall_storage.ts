// SPDX-License-Identifier: Apache-2.0

import { cannot } from "../_cannot.ts";
import type { VectorStore } from "../vector_store.ts";

/**
 * Where recall keeps what it has learned and embedded. All of it can be made again from the stores.
 *
 * Names consist of letters, digits, dots and hyphens.
 */
export interface RecallStorage {
  /** Gives the content of a file; undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Writes a file, wholly or not at all. */
  write(name: string, content: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Opens a collection of vectors, which may be new. Whoever opens it closes it. */
  openVectors(name: string): Promise<VectorStore>;
  /** Removes a collection that is not open. Does nothing when there is none. */
  removeVectors(name: string): Promise<void>;
}

/**
 * Keeps everything in a folder, which is made, open to its owner only, when something is first written.
 *
 * Requires `--allow-read` and `--allow-write` for the folder. Errors are {@linkcode StoreError}s with
 * code `unavailable`, and those of the SQLite vector store.
 *
 * @example Usage
 * ```ts
 * import { openFolderStorage } from "@sigil/store/recall";
 *
 * const storage = openFolderStorage("./data/home/recall");
 * ```
 */
export function openFolderStorage(directory: string): RecallStorage {
  const path = (name: string) => `${directory}/${name}`;
  return {
    read: (name) => attempt("read", path(name), () => readIfPresent(path(name))),
    write: (name, content) =>
      attempt("write", path(name), async () => {
        await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
        const part = `${path(name)}.${crypto.randomUUID()}.part`;
        await Deno.writeFile(part, content, { mode: 0o600 });
        await Deno.rename(part, path(name));
      }),
    async openVectors(name) {
      await attempt(
        "make directory",
        directory,
        () => Deno.mkdir(directory, { recursive: true, mode: 0o700 }),
      );
      return await (await import("../sqlite/mod.ts")).openVectorStore(path(`${name}.db`));
    },
    removeVectors: (name) =>
      attempt("remove", path(name), async () => {
        for (const suffix of [".db", ".db-wal", ".db-shm"]) {
          await Deno.remove(path(name + suffix)).catch(ignoreNotFound);
        }
      }),
  };
}

/**
 * Keeps everything until the process ends. Requires no permission.
 *
 * @example Usage
 * ```ts
 * import { openInmemStorage } from "@sigil/store/recall";
 *
 * const storage = openInmemStorage();
 * ```
 */
export function openInmemStorage(): RecallStorage {
  const files = new Map<string, Uint8Array>();
  const collections = new Map<string, VectorStore>();
  return {
    read: async (name) => files.get(name),
    write: async (name, content) => void files.set(name, content.slice()),
    async openVectors(name) {
      const store = collections.get(name) ??
        await (await import("../inmem/mod.ts")).openVectorStore();
      collections.set(name, store);
      return keptOpen(store);
    },
    removeVectors: async (name) => void collections.delete(name),
  };
}

/** Closing it forgets nothing: it may be opened again. */
function keptOpen(store: VectorStore): VectorStore {
  const close = async () => {};
  return {
    store: store.store.bind(store),
    search: store.search.bind(store),
    delete: store.delete.bind(store),
    count: store.count.bind(store),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  return await Deno.readFile(path).catch(ignoreNotFound);
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

async function attempt<T>(action: string, subject: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot({ action, subject }, "unavailable", reason, error);
  }
}
