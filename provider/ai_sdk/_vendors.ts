// SPDX-License-Identifier: Apache-2.0

import type { EmbeddingModelV4, LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { ChatRequest } from "../chat.ts";
import type { Fetch } from "../vendor_call/guarded_call.ts";
import type { VendorModels } from "../vendor_call/vendor_models.ts";
import { Answer } from "./_answer.ts";
import { toCallOptions } from "./_prompt.ts";

/** The kinds of endpoint that are known. */
export type ProviderType =
  | "anthropic"
  | "openai"
  | "google"
  | "openrouter"
  | "ollama"
  | "openai-compatible";

/** What a vendor's models are opened with. */
export interface VendorSettings {
  readonly name: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly fetch: Fetch;
}

/** The models of a vendor's package. */
interface PackageModels {
  language(request: ChatRequest): LanguageModelV4;
  embedding?(model: string): EmbeddingModelV4;
  /** What is told to the package besides each request. */
  readonly options?: SharedV4ProviderOptions;
}

/** What is particular to a kind of endpoint. */
export interface Vendor {
  /** Where it is; nothing when only the user knows. */
  readonly baseUrl?: string;
  readonly needsKey: boolean;
  readonly embeds: boolean;
  /** How a key is sent where we ask without the package. */
  keyHeaders(apiKey: string): Readonly<Record<string, string>>;
  /** Loads the vendor's package, or what is ours in its place, on first use. */
  open(settings: VendorSettings): Promise<VendorModels>;
}

const COMPATIBLE = {
  needsKey: false,
  embeds: true,
  keyHeaders: bearer,
  open: openCompatible,
} as const satisfies Vendor;

/** Every kind of endpoint. */
export const VENDORS: Readonly<Record<ProviderType, Vendor>> = {
  "anthropic": {
    baseUrl: "https://api.anthropic.com/v1",
    needsKey: true,
    embeds: false,
    keyHeaders: (apiKey) => ({ "x-api-key": apiKey, "anthropic-version": "2023-06-01" }),
    open: openAnthropic,
  },
  "openai": {
    baseUrl: "https://api.openai.com/v1",
    needsKey: true,
    embeds: true,
    keyHeaders: bearer,
    open: openOpenai,
  },
  "google": {
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    needsKey: true,
    embeds: true,
    keyHeaders: (apiKey) => ({ "x-goog-api-key": apiKey }),
    open: openGoogle,
  },
  "openrouter": { ...COMPATIBLE, baseUrl: "https://openrouter.ai/api/v1", needsKey: true },
  "ollama": { ...COMPATIBLE, baseUrl: "http://127.0.0.1:11434/v1" },
  "openai-compatible": COMPATIBLE,
};

function bearer(apiKey: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${apiKey}` };
}

async function openAnthropic(settings: VendorSettings): Promise<VendorModels> {
  const { createAnthropic } = await import("@ai-sdk/anthropic");
  const { baseUrl: baseURL, apiKey = "", fetch } = settings;
  const vendor = createAnthropic({ baseURL, apiKey, fetch });
  const languageModel = remembered(vendor.languageModel);
  return toVendorModels({ language: ({ model }) => languageModel(model) });
}

async function openOpenai(settings: VendorSettings): Promise<VendorModels> {
  const { createOpenAI } = await import("@ai-sdk/openai");
  const { baseUrl: baseURL, apiKey = "", fetch } = settings;
  const vendor = createOpenAI({ baseURL, apiKey, fetch });
  const [chat, responses] = [remembered(vendor.chat), remembered(vendor.responses)];
  return toVendorModels({
    // A gateway that keeps its own record leaves none with the vendor.
    options: { openai: { store: false } },
    // The newer of the two interfaces knows no stop sequences.
    language: ({ model, options }) =>
      options?.stopSequences?.length ? chat(model) : responses(model),
    embedding: (model) => vendor.embeddingModel(model),
  });
}

async function openGoogle(settings: VendorSettings): Promise<VendorModels> {
  const { createGoogle } = await import("@ai-sdk/google");
  const { baseUrl: baseURL, apiKey = "", fetch } = settings;
  const vendor = createGoogle({ baseURL, apiKey, fetch });
  const languageModel = remembered(vendor.languageModel);
  return toVendorModels({
    language: ({ model }) => languageModel(model),
    embedding: (model) => vendor.embeddingModel(model),
  });
}

async function openCompatible(settings: VendorSettings): Promise<VendorModels> {
  const { openEndpoint } = await import("../openai_format/open_endpoint.ts");
  return openEndpoint(settings);
}

/** Asks the models of a package. */
function toVendorModels({ language, embedding, options }: PackageModels): VendorModels {
  return {
    answer(request, { signal: abortSignal }) {
      const asked = { ...toCallOptions(request), abortSignal };
      const streams = request.options?.stream !== false;
      const told = options === undefined ? asked : { ...asked, providerOptions: options };
      return new Answer(language(request), told, streams);
    },
    ...(embedding && { embedder: (model: string) => embedding(model) }),
  };
}

/** How many models of a vendor are kept; callers may name any. */
const MAX_MODELS = 100;

/** Makes a model once: its package builds schemas for it, which takes longer than a call. */
function remembered(
  make: (name: string) => LanguageModelV4,
): (name: string) => LanguageModelV4 {
  const models = new Map<string, LanguageModelV4>();
  return (name) => {
    const model = models.get(name) ?? make(name);
    if (models.size >= MAX_MODELS) models.clear();
    models.set(name, model);
    return model;
  };
}
