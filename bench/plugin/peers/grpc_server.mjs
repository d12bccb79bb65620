// SPDX-License-Identifier: Apache-2.0

/**
 * The measured tools over gRPC: `grpc_server.mjs <folder of the contracts> <path of the socket>`.
 *
 * @module
 */

import process from "node:process";
import { once } from "node:events";
import { loadToolService } from "./grpc_service.mjs";
import { loadPackage } from "./load_package.mjs";

const { Server, ServerCredentials } = await loadPackage("@grpc/grpc-js");

const [, , protoFolder, socket] = process.argv;
const server = new Server();

server.addService(loadToolService(protoFolder).service, {
  describe: (_call, callback) => callback(null, { tools: [] }),
  execute: async (call) => {
    const { text, chunks, bytes } = JSON.parse(call.request.arguments);
    if (call.request.toolName === "echo") call.write({ text });
    else await stream(call, chunks, bytes);
    call.write({ done: true });
    call.end();
  },
});

server.bindAsync(
  `unix:${socket}`,
  ServerCredentials.createInsecure(),
  (error) => {
    if (error) throw error;
    process.stdout.write("ready\n");
  },
);
process.stdin.on("end", () => process.exit()).resume();

async function stream(call, chunks, bytes) {
  const text = "x".repeat(bytes);
  for (let left = chunks; left > 0; left--) {
    if (!call.write({ text })) await once(call, "drain");
  }
}
