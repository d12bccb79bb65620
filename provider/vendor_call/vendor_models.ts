// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest, Usage } from "../chat.ts";
import type { GuardedCall } from "./guarded_call.ts";

/** One answer of a vendor. */
export interface VendorAnswer {
  /** What the vendor told so far. */
  readonly usage: Usage | undefined;
  /** Asks, and gives events in the groups in which they come. Throws what goes wrong. */
  batches(): AsyncGenerator<readonly ChatEvent[]>;
}

/** Turns texts into vectors. */
export interface VendorEmbedder {
  /** How many texts it takes at a time, if it says so. */
  readonly maxEmbeddingsPerCall: number | undefined | PromiseLike<number | undefined>;
  /** Asks. Throws what goes wrong. */
  doEmbed(options: {
    readonly values: string[];
    readonly abortSignal: AbortSignal;
  }): PromiseLike<{
    readonly embeddings: readonly (readonly number[])[];
    readonly usage?: { readonly tokens: number } | undefined;
  }>;
}

/** The models of a vendor. */
export interface VendorModels {
  /** Begins an answer. Asks nobody yet. */
  answer(request: ChatRequest, call: GuardedCall): VendorAnswer;
  /** Gives a model that makes vectors. */
  embedder?(model: string, call: GuardedCall): VendorEmbedder;
}
