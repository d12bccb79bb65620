// SPDX-License-Identifier: Apache-2.0

/**
 * Starts bare processes of Node, from the same runtime that runs this.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { serveJobs } from "./load.mjs";

const SERVER = fileURLToPath(new URL("bare_server.mjs", import.meta.url));

await serveJobs(open);

async function open() {
  const child = spawn(process.execPath, [SERVER], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ask = async () => {
    child.stdin.write("?");
    await once(child.stdout, "data");
  };
  await ask();
  return {
    pid: child.pid,
    bare: ask,
    tool: notThere,
    stream: notThere,
    close: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

function notThere() {
  throw new Error("A bare process has no tools");
}
