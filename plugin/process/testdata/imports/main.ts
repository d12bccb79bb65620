// SPDX-License-Identifier: Apache-2.0

import { createRequire } from "node:module";
import { Worker as NodeWorker } from "node:worker_threads";
import type { ToolPlugin } from "../../../sdk/mod.ts";

const OUTSIDE = "../outside/secret";
const SECRET_URL = import.meta.resolve("../outside/secret.ts");
const LEAK = `import { SECRET } from "${SECRET_URL}"; postMessage(SECRET);`;

/** Ways to a file outside of the plugin's folder. Each resolves to what it found. */
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  "a literal import": () => import("../outside/secret.ts"),
  "a literal import of JSON": () => import("../outside/secret.json", { with: { type: "json" } }),
  "a literal import of text": () => import("../outside/secret.txt", { with: { type: "text" } }),
  "a computed import": () => import(`${OUTSIDE}.ts`),
  "a file that imports statically": () => import("./static_import.ts"),
  "a module in a data: URL": () => import(dataUrl(`export * from "${SECRET_URL}";`)),
  "require()": async () => createRequire(import.meta.url)(`${OUTSIDE}.json`),
  "fetch()": async () => await (await fetch(import.meta.resolve("../outside/secret.txt"))).text(),
  "a file": () => Deno.readTextFile(new URL(import.meta.resolve("../outside/secret.txt"))),
  "the environment of the process": () => Deno.readTextFile("/proc/self/environ"),
  "a worker outside": () => inWorker(SECRET_URL),
  "a worker that imports statically": () => inWorker(import.meta.resolve("./static_import.ts")),
  "a worker in a data: URL": () => inWorker(dataUrl(LEAK)),
  "a worker in a blob: URL": () => inWorker(URL.createObjectURL(new Blob([LEAK]))),
  "a worker of Node": () => inNodeWorker(new URL(import.meta.resolve("./static_import.ts"))),
};

const plugin = {
  type: "tool",
  tools: {
    ways: {
      description: "Lists the ways",
      input: { type: "object" },
      execute: () => JSON.stringify(Object.keys(ways)),
    },
    go: {
      description: "Goes one of the ways",
      input: { type: "object" },
      async execute(input: { way: string }) {
        const found = await ways[input.way]?.();
        return `found ${JSON.stringify(found)}`;
      },
    },
  },
} satisfies ToolPlugin;

export default plugin;

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

function inWorker(url: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const worker = new Worker(url, { type: "module" });
  worker.onmessage = (event) => resolve(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  };
  return promise.finally(() => worker.terminate());
}

function inNodeWorker(url: URL): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const worker = new NodeWorker(url);
  worker.on("message", resolve);
  worker.on("error", reject);
  return promise;
}
