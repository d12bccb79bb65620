// SPDX-License-Identifier: Apache-2.0

import { openProvider } from "../mod.ts";

/** Chats once with the endpoint of the second argument, of the type of the first. */
const [type, baseUrl] = Deno.args;
await using provider = openProvider({
  name: "v",
  type: type as "openai",
  baseUrl,
  apiKey: "k-123",
});
const messages = [{ role: "user", content: "Hello" }] as const;
for await (const event of provider.chat({ model: "m", messages })) {
  if (event.type === "text_delta") Deno.stdout.writeSync(new TextEncoder().encode(event.text));
  if (event.type === "error") throw new Error(event.message);
}
