// SPDX-License-Identifier: Apache-2.0

import { cannot } from "../_cannot.ts";
import { checkEmbedding } from "../_vectors.ts";
import type { Logger } from "../logger.ts";
import type { VectorStore } from "../vector_store.ts";
import { hashOf } from "./_document.ts";
import type { DocumentText } from "./_memory_reader.ts";
import type { Embedder } from "./embedder.ts";
import type { RecallStorage } from "./recall_storage.ts";

/** The embeddings of one model, and whether every text was embedded once. */
interface Collection {
  readonly name: string;
  readonly model: string;
  readonly dimensions: number;
  readonly complete: boolean;
}

/** A text that is near a question. */
interface NearText {
  /** The hash of the text. */
  readonly hash: string;
  /** The cosine. */
  readonly score: number;
}

/** What is near a question, by which model. */
export interface NearTexts {
  readonly model: string;
  /** The nearest first. */
  readonly texts: readonly NearText[];
}

/** Texts to embed: all of them, page by page, and their hashes. */
export interface TextsToEmbed {
  readonly hashes: ReadonlySet<string>;
  pages(): AsyncIterable<readonly DocumentText[]>;
  /** Told how many of them are embedded. */
  onProgress(done: number): void;
}

const DEFAULT_MAX_BATCH = 64;
const DEFAULT_MAX_CHARACTERS = 8000;
const MOST_RESULTS = 10_000;
/** The first digit of a hash: no more than a search gives have the same one. */
const BUCKETS = [..."0123456789abcdef"];
const MOST_QUESTIONS = 256;
const FORMAT = 1;

/**
 * The texts of a workspace by their embeddings.
 *
 * A collection holds the embeddings of one model and one length, each under the hash of its text: what
 * is there need not be embedded again. The collection of a model that is no longer wanted is searched,
 * with that model, until the new one is complete.
 */
export class EmbeddingIndex {
  readonly #storage: RecallStorage;
  readonly #workspace: string;
  readonly #embedders: readonly Embedder[];
  readonly #logger: Logger | undefined;
  readonly #stores = new Map<string, VectorStore>();
  /** The questions that were asked last. */
  readonly #questions = new Map<string, Float32Array>();
  /** How long the last embedding of each model was. */
  readonly #lengths = new Map<string, number>();
  #collections: readonly Collection[] = [];

  /** The first embedder is the wanted one; the others know collections of the past. */
  constructor(
    storage: RecallStorage,
    workspace: string,
    embedders: readonly Embedder[],
    logger: Logger | undefined,
  ) {
    this.#storage = storage;
    this.#workspace = workspace;
    this.#embedders = embedders;
    this.#logger = logger;
  }

  /** What is searched now. */
  get active(): { readonly model: string; readonly dimensions: number } | undefined {
    for (const embedder of this.#embedders) {
      const collection = this.#searchable(embedder);
      if (collection) return { model: collection.model, dimensions: collection.dimensions };
    }
    return undefined;
  }

  /** Takes up the collections that were made earlier. */
  async load(): Promise<void> {
    if (this.#embedders.length === 0) return;
    const bytes = await this.#storage.read(this.#file);
    const collections = bytes && parseCollections(bytes);
    if (bytes && !collections) {
      this.#logger?.warn("list of embeddings cannot be read and is made anew", {
        file: this.#file,
      });
    }
    this.#collections = collections ?? [];
  }

  /**
   * Finds the texts nearest to a question, the nearest first. Gives undefined when there is no
   * collection to search; the notices say why, unless none has been made yet.
   */
  async search(
    question: string,
    most: number,
    notices: string[],
    signal?: AbortSignal,
  ): Promise<NearTexts | undefined> {
    for (const embedder of this.#embedders) {
      const collection = this.#searchable(embedder);
      if (collection === undefined) continue;
      const embedding = await this.#embedQuestion(embedder, question, notices, signal);
      if (embedding === undefined) continue;
      if (embedding.length !== collection.dimensions) {
        notices.push(
          `${embedder.model} now gives ${embedding.length} numbers and not ` +
            `${collection.dimensions}: its embeddings are not used until they have been made anew`,
        );
        continue;
      }
      const store = await this.#open(collection);
      const found = await store.search(embedding, Math.min(most, MOST_RESULTS), {}, { signal });
      const texts = found.map(({ id, score }) => ({ hash: id, score }));
      return { model: embedder.model, texts };
    }
    return undefined;
  }

  /**
   * Embeds the texts that the wanted model has not embedded yet, and removes what is not needed any
   * more. What was embedded before it is cut off stays.
   *
   * @throws {StoreError} With code `dimension_mismatch` or `unavailable`.
   */
  async embed(texts: TextsToEmbed, signal?: AbortSignal): Promise<void> {
    const [embedder] = this.#embedders;
    if (embedder === undefined) return;
    let collection = this.#wanted(embedder);
    let known = collection ? await this.#hashesIn(collection, signal) : new Set<string>();
    if (!collection?.complete || !texts.hashes.isSubsetOf(known)) {
      const length = await this.#lengthOf(embedder, signal);
      if (collection?.dimensions !== length) {
        collection = await this.#begin(embedder, length);
        known = await this.#hashesIn(collection, signal);
      }
      await this.#embedMissing(embedder, collection, texts, known, signal);
    }
    const store = await this.#open(collection);
    await store.delete([...known.difference(texts.hashes)], { signal });
    await this.#finish(collection);
  }

  /** Closes every collection. */
  async close(): Promise<void> {
    const stores = [...this.#stores.values()];
    this.#stores.clear();
    for (const store of stores) await store.close();
  }

  get #file(): string {
    return `embeddings-${this.#workspace}.json`;
  }

  #searchable({ model }: Embedder): Collection | undefined {
    return this.#collections.find((each) => each.model === model && each.complete);
  }

  /** The collection that a model's embeddings belong to, as far as their length is known. */
  #wanted({ model }: Embedder): Collection | undefined {
    const length = this.#lengths.get(model);
    return this.#collections.find((each) =>
      each.model === model &&
      (length === undefined || each.dimensions === length)
    );
  }

  async #embedQuestion(
    embedder: Embedder,
    question: string,
    notices: string[],
    signal: AbortSignal | undefined,
  ): Promise<Float32Array | undefined> {
    const key = `${embedder.model}\n${question}`;
    const known = this.#questions.get(key);
    if (known !== undefined) return known;
    try {
      const [embedding] = await embedBatch(embedder, [question], signal);
      if (embedding === undefined) return undefined;
      this.#lengths.set(embedder.model, embedding.length);
      this.#questions.set(key, embedding);
      const oldest = this.#questions.keys().next().value;
      if (this.#questions.size > MOST_QUESTIONS && oldest !== undefined) {
        this.#questions.delete(oldest);
      }
      return embedding;
    } catch (error) {
      signal?.throwIfAborted();
      notices.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Asks the model for one embedding, if it has not given any yet. */
  async #lengthOf(embedder: Embedder, signal: AbortSignal | undefined): Promise<number> {
    const known = this.#lengths.get(embedder.model);
    if (known !== undefined) return known;
    const [embedding] = await embedBatch(embedder, ["length"], signal);
    const length = embedding?.length ?? 0;
    this.#lengths.set(embedder.model, length);
    return length;
  }

  async #begin({ model }: Embedder, dimensions: number): Promise<Collection> {
    const known = this.#collections.find((each) =>
      each.model === model && each.dimensions === dimensions
    );
    if (known !== undefined) return known;
    const name = `vectors-${this.#workspace}-${hashOf(model).slice(0, 8)}-${dimensions}`;
    const collection = { name, model, dimensions, complete: false };
    await this.#save([...this.#collections, collection]);
    return collection;
  }

  async #embedMissing(
    embedder: Embedder,
    { name, dimensions }: Collection,
    texts: TextsToEmbed,
    known: Set<string>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const store = await this.#open({ name });
    for await (const batch of batchesOf(texts, known, embedder.maxBatch ?? DEFAULT_MAX_BATCH)) {
      signal?.throwIfAborted();
      const contents = batch.map(({ text }) => text);
      const embeddings = await embedBatch(embedder, contents, signal);
      checkLengths(embedder, embeddings, dimensions);
      await Promise.all(batch.map(async ({ hash }, index) => {
        await store.store(hash, embeddings[index] ?? [], { bucket: hash.slice(0, 1) }, { signal });
        known.add(hash);
      }));
      texts.onProgress(texts.hashes.intersection(known).size);
    }
  }

  /** The collection is complete, and the others have had their time. */
  async #finish(collection: Collection): Promise<void> {
    const others = this.#collections.filter(({ name }) => name !== collection.name);
    if (collection.complete && others.length === 0) return;
    await this.#save([{ ...collection, complete: true }]);
    for (const { name } of others) {
      const store = this.#stores.get(name);
      this.#stores.delete(name);
      await store?.close();
      await this.#storage.removeVectors(name);
    }
  }

  async #save(collections: readonly Collection[]): Promise<void> {
    const text = JSON.stringify({ format: FORMAT, collections });
    await this.#storage.write(this.#file, new TextEncoder().encode(text));
    this.#collections = collections;
  }

  async #open({ name }: Pick<Collection, "name">): Promise<VectorStore> {
    const open = this.#stores.get(name);
    if (open !== undefined) return open;
    const store = await this.#storage.openVectors(name);
    this.#stores.set(name, store);
    return store;
  }

  async #hashesIn(collection: Collection, signal: AbortSignal | undefined): Promise<Set<string>> {
    const store = await this.#open(collection);
    const anywhere = new Float32Array(collection.dimensions).fill(1);
    const hashes = new Set<string>();
    if (await store.count({ signal }) === 0) return hashes;
    for (const bucket of BUCKETS) {
      const found = await store.search(anywhere, MOST_RESULTS, { bucket }, { signal });
      for (const { id } of found) hashes.add(id);
    }
    return hashes;
  }
}

/** Gives the texts that are wanted and not known, each once, in batches. */
async function* batchesOf(
  texts: TextsToEmbed,
  known: ReadonlySet<string>,
  size: number,
): AsyncGenerator<readonly DocumentText[]> {
  let batch = new Map<string, DocumentText>();
  for await (const page of texts.pages()) {
    for (const each of page) {
      if (!texts.hashes.has(each.hash) || known.has(each.hash)) continue;
      batch.set(each.hash, each);
      if (batch.size < size) continue;
      yield [...batch.values()];
      batch = new Map();
    }
  }
  if (batch.size > 0) yield [...batch.values()];
}

async function embedBatch(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly Float32Array[]> {
  const task = { action: "embed texts with", subject: embedder.model };
  const most = embedder.maxCharacters ?? DEFAULT_MAX_CHARACTERS;
  const cut = texts.map((text) => text.slice(0, most).toWellFormed());
  let embeddings;
  try {
    embeddings = await embedder.embed(cut, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw cannot(task, "unavailable", reason, error);
  }
  if (embeddings.length !== texts.length) {
    const reason = `it gave ${embeddings.length} embeddings for ${texts.length} texts`;
    throw cannot(task, "unavailable", reason);
  }
  return embeddings.map((embedding) => checkEmbedding(task, "embedding", embedding));
}

function checkLengths(
  { model }: Embedder,
  embeddings: readonly Float32Array[],
  dimensions: number,
): void {
  const wrong = embeddings.find(({ length }) => length !== dimensions);
  if (wrong === undefined) return;
  throw cannot(
    { action: "embed texts with", subject: model },
    "dimension_mismatch",
    `it gave ${wrong.length} numbers for one text and ${dimensions} for another`,
  );
}

function parseCollections(bytes: Uint8Array): readonly Collection[] | undefined {
  try {
    const list = JSON.parse(new TextDecoder().decode(bytes));
    const isKnown = list.format === FORMAT && Array.isArray(list.collections) &&
      list.collections.every(isCollection);
    return isKnown ? list.collections : undefined;
  } catch {
    return undefined;
  }
}

function isCollection(value: Partial<Collection> | null): boolean {
  return typeof value?.name === "string" &&
    /^vectors-[\w-]+$/.test(value.name) &&
    typeof value.model === "string" && Number.isSafeInteger(value.dimensions) &&
    typeof value.complete === "boolean";
}
