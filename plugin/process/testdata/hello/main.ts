// SPDX-License-Identifier: Apache-2.0

// deno-lint-ignore-file no-console -- what a plugin prints is what is tested

import { writeSync } from "node:fs";
import process from "node:process";
import type { CallContext, JsonObject, ToolContext, ToolPlugin } from "../../../sdk/mod.ts";

let config: JsonObject = {};

const NO_INPUT = { type: "object" };

const plugin = {
  type: "tool",
  init(given: JsonObject) {
    if (given["refuse"] === true) throw new Error("this configuration will not do");
    config = given;
  },
  shutdown() {
    console.error("shutting down");
  },
  tools: {
    greet: {
      description: "Greets somebody",
      input: { type: "object", properties: { name: { type: "string" } } },
      execute: (input: { name: string }) => `Hello, ${input.name}`,
    },
    configuration: {
      description: "Tells what it was handed",
      input: NO_INPUT,
      execute: () => JSON.stringify(config),
    },
    environment: {
      description: "Tells all that it sees of its surroundings",
      input: NO_INPUT,
      async execute() {
        const names = ["read", "write", "net", "env", "run", "ffi", "sys", "import"] as const;
        const states = await Promise.all(names.map(async (name) => {
          return `${name} ${(await Deno.permissions.query({ name })).state}`;
        }));
        return states.join(", ");
      },
    },
    save: {
      description: "Writes a file and reads it again",
      input: NO_INPUT,
      async execute(input: { path: string; text: string }) {
        await Deno.writeTextFile(input.path, input.text);
        return await Deno.readTextFile(input.path);
      },
    },
    keep: {
      description: "Keeps a text and gives it back",
      input: NO_INPUT,
      async execute(input: { text: string }, { host }: CallContext) {
        await host.kv.set("text", input.text);
        const kept = new TextDecoder().decode(await host.kv.get("text"));
        const keys = (await host.kv.list()).join();
        const deleted = await host.kv.delete("text");
        const missing = await host.kv.get("text");
        return JSON.stringify({ kept, keys, deleted, missing: missing === undefined });
      },
    },
    send: {
      description: "Sends a message",
      input: NO_INPUT,
      execute: (input: { text: string }, { host }: CallContext) => {
        return host.send({ channel: "telegram", channelId: "1", content: input.text });
      },
    },
    wait: {
      description: "Waits until it is cancelled",
      input: NO_INPUT,
      async *execute(_input: unknown, { signal }: ToolContext) {
        yield "waiting";
        console.error("waiting");
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener("abort", () => {
          console.error("cancelled");
          resolve();
        });
        await promise;
      },
    },
    slow: {
      description: "Says one word, and another when the gateway lets it",
      input: NO_INPUT,
      async *execute(_input: unknown, { host }: CallContext) {
        yield "begun";
        await host.kv.get("go");
        yield " and done";
      },
    },
    endless: {
      description: "Never stops talking",
      input: NO_INPUT,
      async *execute() {
        for (;;) yield "on and on ";
      },
    },
    print: {
      description: "Prints in every way that there is",
      input: NO_INPUT,
      execute() {
        console.log("by console.log");
        console.info("by console.info");
        console.table([{ by: "console.table" }]);
        console.count("by console.count");
        process.stdout.write("by process.stdout\n");
        Deno.stdout.writeSync(new TextEncoder().encode("by Deno.stdout\n"));
        return "printed";
      },
    },
    flood: {
      description: "Prints without end",
      input: NO_INPUT,
      execute(input: { megabytes: number }) {
        const line = "x".repeat(1023);
        for (let count = 0; count < input.megabytes * 1024; count++) console.error(line);
        return "flooded";
      },
    },
    scribble: {
      description: "Writes to where the frames go",
      input: NO_INPUT,
      execute() {
        writeSync(1, "this is no frame, and long enough to be read as one\n");
        return "scribbled";
      },
    },
    spin: {
      description: "Never comes back",
      input: NO_INPUT,
      execute(): string {
        console.error("spinning");
        for (;;);
      },
    },
    defy: {
      description: "Never comes back, and will not hear of SIGTERM",
      input: NO_INPUT,
      execute(): string {
        Deno.addSignalListener("SIGTERM", () => {});
        console.error("defying");
        for (;;);
      },
    },
    exit: {
      description: "Ends the process in the middle of an answer",
      input: NO_INPUT,
      async *execute(input: { code: number }) {
        yield "a part";
        await new Promise((resolve) => setTimeout(resolve, 0));
        Deno.exit(input.code);
      },
    },
    allocate: {
      description: "Takes memory outside of the heap",
      input: NO_INPUT,
      execute(input: { megabytes: number }) {
        const buffers = Array.from(
          { length: input.megabytes },
          () => new Uint8Array(1024 * 1024).fill(1),
        );
        return `took ${buffers.length} MB`;
      },
    },
  },
} satisfies ToolPlugin;

export default plugin;
