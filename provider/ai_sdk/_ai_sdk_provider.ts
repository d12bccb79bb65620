// SPDX-License-Identifier: Apache-2.0

import type { ChatEvent, ChatRequest, Usage } from "../chat.ts";
import { ProviderError } from "../errors.ts";
import type {
  CallOptions,
  EmbedRequest,
  EmbedResult,
  ModelInfo,
  Provider,
  ProviderStatus,
} from "../provider.ts";
import { GuardError } from "../vendor_call/guard_error.ts";
import { type Fetch, GuardedCall, type GuardLimits } from "../vendor_call/guarded_call.ts";
import { parseJson } from "../vendor_call/parse_json.ts";
import { statusError } from "../vendor_call/status_error.ts";
import type { VendorAnswer, VendorEmbedder, VendorModels } from "../vendor_call/vendor_models.ts";
import { type Failure, toFailure } from "./_failure.ts";
import { modelListUrl, readModelList, toModelInfos } from "./_model_list.ts";
import { redact } from "./_redact.ts";
import type { ProviderType, Vendor } from "./_vendors.ts";

/** What an {@linkcode AiSdkProvider} is made of: checked options. */
export interface AiSdkProviderSettings {
  readonly name: string;
  readonly type: ProviderType;
  readonly vendor: Vendor;
  readonly apiKey: string | undefined;
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly models: readonly string[] | undefined;
  readonly limits: GuardLimits & { readonly listMs: number };
  readonly fetch: Fetch;
  readonly now: () => number;
}

const DEFAULT_EMBEDDINGS_PER_CALL = 100;

/** A vendor's models, behind its AI SDK package or our own client. */
export class AiSdkProvider implements Provider {
  readonly name: string;
  readonly embed?: NonNullable<Provider["embed"]>;
  readonly #settings: AiSdkProviderSettings;
  /** The calls under way, by the signal that a vendor's package hands to its fetch. */
  readonly #calls = new Map<AbortSignal, GuardedCall>();
  #vendorModels: Promise<VendorModels> | undefined;
  #closed = false;

  constructor(settings: AiSdkProviderSettings) {
    this.name = settings.name;
    this.#settings = settings;
    if (settings.vendor.embeds) this.embed = (request, options) => this.#embed(request, options);
  }

  async available(options: CallOptions = {}): Promise<boolean> {
    return (await this.status(options)).available;
  }

  async status({ signal }: CallOptions = {}): Promise<ProviderStatus> {
    const start = performance.now();
    try {
      await this.#askModels(signal);
      const ms = Math.round(performance.now() - start);
      return { available: true, provider: this.name, message: `Answers in ${ms} ms` };
    } catch (error) {
      signal?.throwIfAborted();
      const { reason } = this.#failure(error);
      return { available: false, provider: this.name, message: `Does not answer: ${reason}` };
    }
  }

  async listModels({ signal }: CallOptions = {}): Promise<readonly ModelInfo[]> {
    signal?.throwIfAborted();
    const { models } = this.#settings;
    if (models !== undefined) return toModelInfos(models, this.name);
    try {
      return readModelList(await this.#askModels(signal), this.name);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#error("list the models of", "", error);
    }
  }

  async *chat(request: ChatRequest, options: CallOptions = {}): AsyncGenerator<ChatEvent> {
    for await (const events of this.chatBatches(request, options)) yield* events;
  }

  async *chatBatches(
    request: ChatRequest,
    { signal }: CallOptions = {},
  ): AsyncGenerator<readonly ChatEvent[]> {
    signal?.throwIfAborted();
    const streams = request.options?.stream !== false;
    const call = this.#begin(streams ? "text/event-stream" : "application/json", signal);
    let answer: VendorAnswer | undefined;
    try {
      answer = (await this.#open(call)).answer(request, call);
      for await (const events of answer.batches()) yield events;
    } catch (error) {
      signal?.throwIfAborted();
      yield this.#failed(request, answer?.usage, call.failure ?? error);
    } finally {
      this.#end(call);
    }
  }

  #failed(request: ChatRequest, usage: Usage | undefined, error: unknown): readonly ChatEvent[] {
    const { code, reason, retryAfterMs } = this.#failure(error);
    const message = `Cannot chat with "${this.name}/${request.model}": ${reason}`;
    const failed: ChatEvent = { type: "error", code, message, retryAfterMs };
    return usage === undefined ? [failed] : [{ type: "usage", usage }, failed];
  }

  async close(): Promise<void> {
    this.#closed = true;
    const failure = new GuardError("unavailable", "the provider is closed");
    for (const call of this.#calls.values()) call.close(failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #embed(
    { model, texts }: EmbedRequest,
    { signal }: CallOptions = {},
  ): Promise<EmbedResult> {
    signal?.throwIfAborted();
    const call = this.#begin("application/json", signal);
    try {
      const models = await this.#open(call);
      // Only vendors with embeddings come here.
      const embedder = models.embedder?.(model, call);
      if (embedder === undefined) throw new GuardError("bad_request", "it has no embeddings");
      return await embedAll(embedder, texts, call.signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#error("embed with", `/${model}`, call.failure ?? error);
    } finally {
      this.#end(call);
    }
  }

  #begin(
    contentType: "text/event-stream" | "application/json",
    signal: AbortSignal | undefined,
    limits: Partial<GuardLimits> = {},
  ): GuardedCall {
    const { fetch, headers, limits: usual } = this.#settings;
    const call = new GuardedCall(
      withHeaders(fetch, headers),
      { ...usual, ...limits },
      contentType,
      signal,
    );
    this.#calls.set(call.signal, call);
    if (this.#closed) call.close(new GuardError("unavailable", "the provider is closed"));
    return call;
  }

  #end(call: GuardedCall): void {
    call.close();
    this.#calls.delete(call.signal);
  }

  /** Loads the vendor's package for the first call; if that fails, the next one tries again. */
  async #open(call: GuardedCall): Promise<VendorModels> {
    if (call.failure !== undefined) throw call.failure;
    this.#vendorModels ??= this.#openVendor();
    return await this.#vendorModels;
  }

  async #openVendor(): Promise<VendorModels> {
    const { vendor, name, baseUrl, apiKey } = this.#settings;
    try {
      return await vendor.open({ name, baseUrl, apiKey, fetch: this.#fetch });
    } catch (error) {
      this.#vendorModels = undefined;
      throw error;
    }
  }

  /** Asks on behalf of the call that the request belongs to. */
  readonly #fetch: Fetch = (input, init) => {
    const call = init?.signal ? this.#calls.get(init.signal) : undefined;
    if (call === undefined) throw new GuardError("unavailable", "the call is over");
    return call.fetch(input, init);
  };

  /** The packages have no call for the list of models. */
  async #askModels(signal: AbortSignal | undefined): Promise<unknown> {
    const { type, vendor, baseUrl, apiKey, limits } = this.#settings;
    const wait = { responseMs: limits.listMs, idleMs: limits.listMs };
    const call = this.#begin("application/json", signal, wait);
    try {
      if (call.failure !== undefined) throw call.failure;
      const headers = apiKey === undefined ? {} : vendor.keyHeaders(apiKey);
      const response = await call.ask(modelListUrl(type, baseUrl), { headers });
      if (response.ok) return parseJson(await call.open(response).text());
      throw await statusError(response, call);
    } catch (error) {
      throw call.failure ?? error;
    } finally {
      this.#end(call);
    }
  }

  #failure(error: unknown): Failure {
    const { apiKey = "", headers, now } = this.#settings;
    const failure = toFailure(error, now());
    return { ...failure, reason: redact(failure.reason, [apiKey, ...Object.values(headers)]) };
  }

  /** Without a cause: what is beneath may hold the request, and the vendor's words the key. */
  #error(verb: string, model: string, error: unknown): ProviderError {
    const { code, reason, retryAfterMs } = this.#failure(error);
    return new ProviderError(code, `Cannot ${verb} "${this.name}${model}": ${reason}`, {
      provider: this.name,
      retryAfterMs,
    });
  }
}

/** Sets headers in the place of those that a package sends. */
function withHeaders(fetch: Fetch, extra: Readonly<Record<string, string>>): Fetch {
  const entries = Object.entries(extra);
  if (entries.length === 0) return fetch;
  return (input, init = {}) => {
    const headers = new Headers(init.headers);
    for (const [name, value] of entries) headers.set(name, value);
    return fetch(input, { ...init, headers });
  };
}

/** Vendors take so many texts at a time: the rest goes in further calls, one after another. */
async function embedAll(
  model: VendorEmbedder,
  texts: readonly string[],
  abortSignal: AbortSignal,
): Promise<EmbedResult> {
  const most = await model.maxEmbeddingsPerCall ?? DEFAULT_EMBEDDINGS_PER_CALL;
  const embeddings: Float32Array[] = [];
  let inputTokens = 0;
  for (let from = 0; from < texts.length; from += most) {
    const values = texts.slice(from, from + most);
    const result = await model.doEmbed({ values, abortSignal });
    if (result.embeddings.length !== values.length) {
      throw new GuardError("invalid_response", "it sent another number of vectors than of texts");
    }
    embeddings.push(...result.embeddings.map((vector) => Float32Array.from(vector)));
    inputTokens += result.usage?.tokens ?? 0;
  }
  const usage: Usage = { inputTokens, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  return { embeddings, usage };
}
