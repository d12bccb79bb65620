// SPDX-License-Identifier: Apache-2.0

import { openProvider, type ProviderType } from "@sigil/provider/ai_sdk";

const TYPES: readonly ProviderType[] = [
  "anthropic",
  "openai",
  "google",
  "openrouter",
  "ollama",
  "openai-compatible",
];

const [, wanted, baseUrl] = Deno.args;
const type = TYPES.find((candidate) => candidate === wanted);
if (type === undefined) throw new TypeError(`There is no provider of the type "${wanted}"`);
await using provider = openProvider({ name: "tried", type, baseUrl, apiKey: "a-key" });
const messages = [{ role: "user", content: "Hello" }] as const;
for await (const event of provider.chat({ model: "m", messages })) {
  if (event.type === "error") throw new Error(event.message);
}
