// SPDX-License-Identifier: Apache-2.0

/**
 * Drives the MCP SDK over stdio, client and server both under the runtime that runs this.
 *
 * Progress is taken by a handler of our own: the SDK's `onprogress` loses what comes together with
 * the result.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { serveJobs } from "./load.mjs";
import { loadPackage } from "./load_package.mjs";

const { Client } = await loadPackage(
  "@modelcontextprotocol/sdk/client/index.js",
);
const { StdioClientTransport } = await loadPackage(
  "@modelcontextprotocol/sdk/client/stdio.js",
);
const { ProgressNotificationSchema } = await loadPackage(
  "@modelcontextprotocol/sdk/types.js",
);

const SERVER = fileURLToPath(new URL("mcp_server.mjs", import.meta.url));
const RUN = "Deno" in globalThis ? ["run", "--quiet", "--allow-env"] : [];

await serveJobs(open);

async function open() {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...RUN, SERVER],
    env: process.env,
  });
  const client = new Client({ name: "bench", version: "1.0.0" });
  await client.connect(transport);
  await client.ping();
  let onMessage = (_message) => {};
  client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => {
    onMessage(params.message);
  });
  return {
    pid: transport.pid,
    bare: () => client.ping(),
    tool: async (text) => {
      const { content } = await client.callTool({
        name: "echo",
        arguments: { text },
      });
      return content[0].text;
    },
    stream: async (chunks, bytes, take) => {
      let left = chunks;
      const whole = new Promise((resolve) => {
        onMessage = (message) => {
          take(message);
          if (--left === 0) resolve();
        };
      });
      await client.callTool({
        name: "stream",
        arguments: { chunks, bytes },
        _meta: { progressToken: "stream" },
      });
      await whole;
    },
    close: () => client.close(),
  };
}
