// SPDX-License-Identifier: Apache-2.0

/**
 * The measured tools over MCP. What `McpServer` adds is left out: without it each call is faster.
 * A result comes as a whole, so a stream is what the protocol has for that: progress.
 *
 * @module
 */

import { loadPackage } from "./load_package.mjs";

const { Server } = await loadPackage(
  "@modelcontextprotocol/sdk/server/index.js",
);
const { StdioServerTransport } = await loadPackage(
  "@modelcontextprotocol/sdk/server/stdio.js",
);
const { CallToolRequestSchema } = await loadPackage(
  "@modelcontextprotocol/sdk/types.js",
);

const server = new Server({ name: "echo", version: "1.0.0" }, {
  capabilities: { tools: {} },
});

server.setRequestHandler(CallToolRequestSchema, async ({ params }, extra) => {
  const { text, chunks, bytes } = params.arguments;
  if (params.name === "echo") return result(text);
  const message = "x".repeat(bytes);
  const progressToken = extra._meta?.progressToken;
  for (let progress = 1; progress <= chunks; progress++) {
    await extra.sendNotification({
      method: "notifications/progress",
      params: { progressToken, progress, message },
    });
  }
  return result("");
});

await server.connect(new StdioServerTransport());

/** @param {string} text */
function result(text) {
  return { content: [{ type: "text", text }] };
}
