// SPDX-License-Identifier: Apache-2.0

import { execSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import inspector from "node:inspector";
import net from "node:net";
import os from "node:os";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import v8 from "node:v8";
import type { ToolPlugin } from "../../../sdk/mod.ts";

const KEPT_URL = "https://kept.example/";

interface Input {
  readonly way: string;
  /** A server that the plugin must not reach. */
  readonly port: number;
  /** A file outside of the plugin's folder. */
  readonly file: string;
}

/** Ways out of the process. Each resolves to what it reached. */
const ways: Readonly<Record<string, (input: Input) => unknown>> = {
  "read a file outside": ({ file }) => Deno.readTextFile(file),
  "write a file": () => Deno.writeTextFile("/tmp/escaped", ""),
  "write a file through node:fs": () => writeFileSync("/tmp/escaped", ""),
  "write a heap snapshot": () => v8.writeHeapSnapshot("/tmp/escaped"),
  "open a database file": () => new DatabaseSync("/tmp/escaped"),
  "attach a database file": () => new DatabaseSync(":memory:").exec("ATTACH '/tmp/escaped' AS e"),
  "make a temporary file": () => Deno.makeTempFile(),
  "fetch": ({ port }) => fetch(`http://127.0.0.1:${port}/`),
  "fetch by name": ({ port }) => fetch(`http://localhost:${port}/`),
  "fetch any address": ({ port }) => fetch(`http://0.0.0.0:${port}/`),
  "fetch over IPv6": ({ port }) => fetch(`http://[::1]:${port}/`),
  "connect": ({ port }) => Deno.connect({ port }),
  "connect through node:net": ({ port }) => connectByNode(port),
  "connect to a unix socket": () => Deno.connect({ transport: "unix", path: "/tmp/escaped" }),
  "connect to an abstract socket": () => Deno.connect({ transport: "unix", path: "\0escaped" }),
  "open a WebSocket": ({ port }) => new WebSocket(`ws://127.0.0.1:${port}/`),
  "listen": () => Deno.listen({ port: 0 }),
  "look up a name": () => Deno.resolveDns("localhost", "A"),
  "run a program": () => new Deno.Command("/bin/true").output(),
  "run a program through node:child_process": () => execSync("/bin/true"),
  "signal the gateway": () => Deno.kill(Deno.ppid, "SIGCONT"),
  "load a library": () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}),
  "load a library of Node": () =>
    process.dlopen({ exports: {} }, "/lib/x86_64-linux-gnu/libc.so.6"),
  "load a database extension": () =>
    new DatabaseSync(":memory:", { allowExtension: true }).loadExtension("/lib/escape.so"),
  "read the environment": () => Deno.env.toObject(),
  "read the environment of the gateway": () => Deno.readTextFile(`/proc/${Deno.ppid}/environ`),
  "ask the machine its name": () => os.hostname(),
  "let a debugger in": () => inspector.open(0, "127.0.0.1"),
  "ask for a permission": async () => {
    const { state } = await Deno.permissions.request({ name: "read", path: "/" });
    if (state !== "granted") throw new Error(`The answer is ${state}`);
    return state;
  },
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
      async execute(input: Input) {
        await ways[input.way]?.(input);
        return "out";
      },
    },
    read: {
      description: "Reads a file",
      input: { type: "object" },
      execute: (input: { path: string }) => Deno.readTextFile(input.path),
    },
    fetch: {
      description: "Fetches a page",
      input: { type: "object" },
      execute: async (input: { url: string }) => await (await fetch(input.url)).text(),
    },
    remember: {
      description: "Keeps a text where web pages do, and gives what was there",
      input: { type: "object" },
      async execute(input: { text: string }) {
        const cache = await caches.open("kept");
        const cached = await (await cache.match(KEPT_URL))?.text();
        const before = `${localStorage.getItem("text")}, ${cached}`;
        localStorage.setItem("text", input.text);
        await cache.put(KEPT_URL, new Response(input.text));
        return before;
      },
    },
  },
} satisfies ToolPlugin;

export default plugin;

function connectByNode(port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  net.connect(port, "127.0.0.1").on("connect", () => resolve()).on("error", reject);
  return promise;
}
