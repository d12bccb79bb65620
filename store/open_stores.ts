// SPDX-License-Identifier: Apache-2.0

import { cannot } from "./_cannot.ts";
import type { GatewayStore } from "./gateway_store.ts";
import type { KnowledgeStore } from "./knowledge_store.ts";
import type { Logger } from "./logger.ts";
import type { MemoryStore } from "./memory_store.ts";
import type { SessionStore } from "./session_store.ts";
import type { BackendConfig, StorageConfig } from "./storage_config.ts";
import type { VectorStore } from "./vector_store.ts";

/** The stores of one workspace. */
export interface WorkspaceStores extends AsyncDisposable {
  /** Sessions and their active windows. */
  readonly sessions: SessionStore;
  /** Searchable messages, summaries and knowledge. */
  readonly memory: MemoryStore;
  /** Embeddings. */
  readonly vectors: VectorStore;
  /** Closes every store. Calling it again does nothing. */
  close(): Promise<void>;
}

/** Options of {@linkcode openWorkspaceStores} and {@linkcode openGatewayStore}. */
export interface OpenStoresOptions {
  /** Told what a backend has to say. Silent unless given. */
  readonly logger?: Logger | undefined;
}

/** Where a store is opened, and how. */
interface Place {
  readonly directory: string;
  readonly durability: "normal" | "full" | undefined;
  readonly logger: Logger | undefined;
}

/** How each backend opens one kind of store. Its module is loaded when it is first asked for. */
type Openers<Store> = Readonly<Record<string, (place: Place) => Promise<Store>>>;

const DEFAULT_BACKEND = "sqlite";

const SESSIONS: Openers<SessionStore> = {
  inmem: async () => (await import("./inmem/mod.ts")).openSessionStore(),
  sqlite: async (place) =>
    (await import("./sqlite/mod.ts")).openSessionStore(await fileIn(place, "sessions.db"), place),
};

const KNOWLEDGE: Openers<KnowledgeStore> = {
  inmem: async () => (await import("./inmem/mod.ts")).openKnowledgeStore(),
  sqlite: async (place) =>
    (await import("./sqlite/mod.ts")).openKnowledgeStore(
      await fileIn(place, "knowledge.db"),
      place,
    ),
};

const VECTORS: Openers<VectorStore> = {
  inmem: async () => (await import("./inmem/mod.ts")).openVectorStore(),
  sqlite: async (place) =>
    (await import("./sqlite/mod.ts")).openVectorStore(await fileIn(place, "vectors.db"), place),
  sqlite_vec: async (place) =>
    (await import("./sqlite_vec/mod.ts")).openSqliteVecStore(
      await fileIn(place, "vectors.db"),
      place,
    ),
};

const GATEWAY: Openers<GatewayStore> = {
  inmem: async () => (await import("./inmem/mod.ts")).openGatewayStore(),
  sqlite: async (place) =>
    (await import("./sqlite/mod.ts")).openGatewayStore(await fileIn(place, "gateway.db"), place),
};

/** Messages and summaries. A memory takes over the knowledge that it is handed. */
const MEMORY: Openers<(knowledge: KnowledgeStore) => Promise<MemoryStore>> = {
  inmem: async () => {
    const { openMemoryStore } = await import("./inmem/mod.ts");
    return openMemoryStore;
  },
  sqlite: async (place) => {
    const { openMemoryStore } = await import("./sqlite/mod.ts");
    const path = await fileIn(place, "memory.db");
    return (knowledge) => openMemoryStore(path, knowledge, place);
  },
};

/**
 * Opens the stores of one workspace in `directory`, which is made, open to its owner only, if need be.
 *
 * Requires `--allow-read` and `--allow-write` for `directory` with the `sqlite` backend; nothing with
 * `inmem`. When a store cannot be opened, those already open are closed.
 *
 * @throws {StoreError} With code `unknown_backend`, `corrupt`, `too_new`, `busy`, `full`, `read_only` or
 *   `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openWorkspaceStores } from "@sigil/store";
 *
 * await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
 * await stores.sessions.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
 * ```
 */
export async function openWorkspaceStores(
  config: StorageConfig,
  directory: string,
  options: OpenStoresOptions = {},
): Promise<WorkspaceStores> {
  const openSessions = choose(SESSIONS, "session", config.session, config);
  const openKnowledge = choose(
    KNOWLEDGE,
    "knowledge",
    config.memory?.knowledge,
    config.memory,
    config,
  );
  const openMemory = choose(MEMORY, "memory", config.memory, config);
  const openVectors = choose(VECTORS, "vector", config.vector, config);
  const place = { directory, durability: config.durability, logger: options.logger };
  await using opened = new AsyncDisposableStack();
  const sessions = opened.use(await openSessions(place));
  const vectors = opened.use(await openVectors(place));
  const knowledge = opened.use(await openKnowledge(place));
  const memory = opened.use(await (await openMemory(place))(knowledge));
  const owned = opened.move();
  const close = () => owned.disposeAsync();
  return { sessions, memory, vectors, close, [Symbol.asyncDispose]: close };
}

/**
 * Opens the store of the gateway's own data in `directory`, which is made, open to its owner only, if
 * need be.
 *
 * Requires `--allow-read` and `--allow-write` for `directory` with the `sqlite` backend; nothing with
 * `inmem`.
 *
 * @throws {StoreError} With code `unknown_backend`, `corrupt`, `too_new`, `busy`, `full`, `read_only` or
 *   `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openGatewayStore } from "@sigil/store";
 *
 * await using store = await openGatewayStore({ backend: "inmem" }, "unused");
 * await store.users.create({ id: "ada", name: "Ada" });
 * ```
 */
export async function openGatewayStore(
  config: StorageConfig,
  directory: string,
  options: OpenStoresOptions = {},
): Promise<GatewayStore> {
  const open = choose(GATEWAY, "gateway", config.gateway, config);
  return await open({ directory, durability: config.durability, logger: options.logger });
}

/** Gives the opener of the first backend that is named, from the narrowest setting to the widest. */
function choose<Opener>(
  openers: Readonly<Record<string, Opener>>,
  kind: string,
  ...settings: readonly (BackendConfig | undefined)[]
): Opener {
  const backend = settings.find((setting) => setting?.backend !== undefined)?.backend ??
    DEFAULT_BACKEND;
  const opener = Object.hasOwn(openers, backend) ? openers[backend] : undefined;
  if (opener !== undefined) return opener;
  const known = Object.keys(openers).join(", ");
  throw cannot(
    { action: `open ${kind} store with backend`, subject: backend },
    "unknown_backend",
    `the backends are ${known}`,
  );
}

/** Gives the path of a file in the directory, which is made first. */
async function fileIn({ directory }: Place, name: string): Promise<string> {
  await makePrivateDirectory(directory);
  return `${directory}/${name}`;
}

async function makePrivateDirectory(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot({ action: "make directory", subject: directory }, "unavailable", reason, error);
  }
}
