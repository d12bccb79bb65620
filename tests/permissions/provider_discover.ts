// SPDX-License-Identifier: Apache-2.0

import { discoverProviders } from "@sigil/provider/ai_sdk";

const [found] = await discoverProviders({}, { ollamaUrl: Deno.args[1] ?? false, timeoutMs: 5000 });
const looked = Deno.args[1] !== undefined;
if (looked && found === undefined) throw new Deno.errors.NotCapable("No Ollama was found");
