// SPDX-License-Identifier: Apache-2.0

import type { Files } from "../../install/testdata/plugin_folder.ts";

/** The manifest of a tool plugin, with more lines. */
export function manifestOf(name: string, more = ""): string {
  return `name: ${name}\nversion: 1.0.0\ntype: tool\nengine: ">=0.1.0"\n${more}\n`;
}

/** A plugin with that manifest and these tools, written as the body of an object. */
export function toolPlugin(name: string, tools: string, more = ""): Files {
  return {
    "plugin.yaml": manifestOf(name, more),
    "plugin.ts": `const input = { type: "object" };
const description = "A tool";
export default { type: "tool", tools: { ${tools} } };
`,
  };
}

/** A tool that gives its input back. */
export const ECHO =
  `echo: { description, input, execute: (input: unknown) => JSON.stringify(input) }`;

/** A tool that says which version it is. */
export function versionTool(version: string): string {
  return `version: { description, input, execute: () => ${JSON.stringify(version)} }`;
}

/** A tool that sends a message and gives the answer, which the test holds back. */
export const ASK = `ask: {
  description,
  input,
  async execute(_: unknown, context: { host: { send(message: unknown): Promise<string> } }) {
    return await context.host.send({ channel: "test", channelId: "c", content: "?" });
  },
}`;

/** What {@linkcode ASK} needs. */
export const MAY_SEND = "capabilities: [messages.send.test]";

/** A tool that ends its process. */
export const CRASH = `crash: { description, input, execute: () => Deno.exit(7) }`;
