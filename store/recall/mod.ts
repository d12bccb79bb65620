// SPDX-License-Identifier: Apache-2.0

/**
 * Recall: finds what was said, summed up and learned in a workspace, by words, meaning, time and who
 * speaks, and says why.
 *
 * It works on the contracts of `@sigil/store`, whatever backend keeps them, and without any model:
 * what texts mean is learned from the workspace itself (latent semantic analysis, `lsa`). With an
 * {@linkcode Embedder} its embeddings are used.
 *
 * @example Usage
 * ```ts
 * import { openWorkspaceStores } from "@sigil/store";
 * import { openRecall } from "@sigil/store/recall";
 *
 * await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
 * await using recall = await openRecall(stores);
 * const { hits } = await recall.recall("home", "when was the boiler repaired?");
 * for (const hit of hits) hit.signals.map(({ signal, rank }) => `${signal}: number ${rank}`);
 * ```
 *
 * @module
 */

export * from "./embedder.ts";
export { LatentModel, type LatentModelParts, type LearnOptions } from "./latent_model.ts";
export * from "./learn_fact.ts";
export * from "./open_recall.ts";
export * from "./recall.ts";
export * from "./recall_storage.ts";
export * from "./snippet.ts";
