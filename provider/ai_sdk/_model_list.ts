// SPDX-License-Identifier: Apache-2.0

import type { ModelCapabilities, ModelInfo } from "../provider.ts";
import { GuardError } from "../vendor_call/guard_error.ts";
import type { ProviderType } from "./_vendors.ts";

/** What most models of today can do; what the vendor tells stands over it. */
const USUAL: ModelCapabilities = {
  supportsTools: true,
  supportsVision: false,
  supportsStreaming: true,
  supportsThinking: false,
  maxContextTokens: 0,
  maxOutputTokens: 0,
};

/** Where a kind of endpoint lists its models. */
export function modelListUrl(type: ProviderType, baseUrl: string): string {
  if (type === "anthropic") return `${baseUrl}/models?limit=1000`;
  if (type === "google") return `${baseUrl}/models?pageSize=1000`;
  return `${baseUrl}/models`;
}

/** Names models of which nothing is known but their id. */
export function toModelInfos(ids: readonly string[], provider: string): readonly ModelInfo[] {
  return ids.map((id) => ({ id, name: id, provider, capabilities: USUAL }));
}

/**
 * Reads the list of models of any of the vendors.
 *
 * @throws {GuardError} With code `invalid_response` when it is no such list.
 */
export function readModelList(body: unknown, provider: string): readonly ModelInfo[] {
  const list = isRecord(body) ? body.data ?? body.models : undefined;
  if (!Array.isArray(list)) {
    throw new GuardError("invalid_response", "it sent something that is no list of models");
  }
  return list.filter(isRecord).filter(canChat).flatMap((entry) => readModel(entry, provider));
}

/** Google lists models of all kinds, and says what each is for. */
function canChat({ supportedGenerationMethods: methods }: Record<string, unknown>): boolean {
  return !Array.isArray(methods) || methods.includes("generateContent");
}

function readModel(entry: Record<string, unknown>, provider: string): readonly ModelInfo[] {
  const id = string(entry.id)?.trim() || string(entry.name)?.replace(/^models\//, "");
  if (!id) return [];
  const name = string(entry.display_name) ?? string(entry.displayName) ?? string(entry.name) ?? id;
  return [{ id, name, provider, capabilities: readCapabilities(entry) }];
}

function readCapabilities(entry: Record<string, unknown>): ModelCapabilities {
  const top = isRecord(entry.top_provider) ? entry.top_provider : {};
  const architecture = isRecord(entry.architecture) ? entry.architecture : {};
  const parameters = strings(entry.supported_parameters);
  const context = entry.inputTokenLimit ?? entry.context_length ?? entry.max_input_tokens;
  const output = entry.outputTokenLimit ?? top.max_completion_tokens ?? entry.max_tokens;
  return {
    ...USUAL,
    supportsTools: parameters?.includes("tools") ?? USUAL.supportsTools,
    supportsVision: strings(architecture.input_modalities)?.includes("image") ?? false,
    supportsThinking: entry.thinking === true || (parameters?.includes("reasoning") ?? false),
    maxContextTokens: number(context),
    maxOutputTokens: number(output),
  };
}

function strings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : undefined;
}

function string(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function number(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
