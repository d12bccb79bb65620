// SPDX-License-Identifier: Apache-2.0

/**
 * Drives gRPC over a Unix socket: `grpc_client.mjs <folder of the contracts> <folder for sockets>`.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { loadToolService } from "./grpc_service.mjs";
import { serveJobs } from "./load.mjs";
import { loadPackage } from "./load_package.mjs";

const { credentials } = await loadPackage("@grpc/grpc-js");

const SERVER = fileURLToPath(new URL("grpc_server.mjs", import.meta.url));
const [, , protoFolder, socketFolder] = process.argv;
const Tool = loadToolService(protoFolder);
let opened = 0;

await serveJobs(open);

async function open() {
  const socket = join(socketFolder, `grpc-${process.pid}-${opened++}.sock`);
  const child = spawn(process.execPath, [SERVER, protoFolder, socket], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  const client = new Tool(`unix:${socket}`, credentials.createInsecure());
  const describe = promisify(client.describe.bind(client));
  await describe({});
  return {
    pid: child.pid,
    bare: () => describe({}),
    tool: async (text) => {
      let answer = "";
      await execute(client, "echo", { text }, (part) => answer += part);
      return answer;
    },
    stream: (chunks, bytes, take) => execute(client, "stream", { chunks, bytes }, take),
    close: async () => {
      client.close();
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

function execute(client, toolName, input, take) {
  const { promise, resolve, reject } = withResolvers();
  const call = client.execute({
    toolName,
    arguments: JSON.stringify(input),
    sessionId: "s",
  });
  call.on("data", ({ chunk, text }) => chunk === "text" && take(text));
  call.on("end", resolve);
  call.on("error", reject);
  return promise;
}

/** Node 20 has no `Promise.withResolvers()`. */
function withResolvers() {
  let resolve, reject;
  const promise = new Promise((...both) => [resolve, reject] = both);
  return { promise, resolve, reject };
}
