// SPDX-License-Identifier: Apache-2.0

import type { ProviderModel } from "./sdk/provider_plugin.ts";

/** A model with all that its plugin may leave out. */
export interface WholeModel {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly capabilities: {
    readonly [Key in keyof NonNullable<ProviderModel["capabilities"]>]-?: NonNullable<
      NonNullable<ProviderModel["capabilities"]>[Key]
    >;
  };
}

/** Fills in what a plugin leaves out of a model: what is not said it cannot do, or is unknown. */
export function wholeModel(
  { id, name = id, capabilities = {} }: ProviderModel,
  provider: string,
): WholeModel {
  return {
    id,
    name,
    provider,
    capabilities: {
      supportsTools: capabilities.supportsTools ?? false,
      supportsVision: capabilities.supportsVision ?? false,
      supportsStreaming: capabilities.supportsStreaming ?? false,
      supportsThinking: capabilities.supportsThinking ?? false,
      maxContextTokens: capabilities.maxContextTokens ?? 0,
      maxOutputTokens: capabilities.maxOutputTokens ?? 0,
    },
  };
}
