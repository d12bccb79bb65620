// SPDX-License-Identifier: Apache-2.0

// deno-lint-ignore-file no-console -- what a plugin prints is what is tested

import type { CallContext, JsonObject, ToolPlugin } from "../../../sdk/mod.ts";

let config: JsonObject = {};

const input = { type: "object" };

/** Every permission of Deno is given to this plugin: what is refused, the container refuses. */
const plugin = {
  type: "tool",
  init(given: JsonObject) {
    config = given;
    console.error("begun");
  },
  tools: {
    configuration: {
      description: "Tells what it was handed",
      input,
      execute: () => JSON.stringify(config),
    },
    keep: {
      description: "Keeps a text with the gateway and gives it back",
      input,
      async execute({ text }: { text: string }, { host }: CallContext) {
        await host.kv.set("text", text);
        return new TextDecoder().decode(await host.kv.get("text"));
      },
    },
    read: {
      description: "Reads a file",
      input,
      execute: ({ path }: { path: string }) => Deno.readTextFile(path),
    },
    write: {
      description: "Writes a file of so many bytes",
      input,
      async execute({ path, bytes }: { path: string; bytes: number }) {
        await Deno.writeFile(path, new Uint8Array(bytes).fill(97));
        return "written";
      },
    },
    environment: {
      description: "Tells the names of its environment",
      input,
      execute: () => Object.keys(Deno.env.toObject()).sort().join(),
    },
    connect: {
      description: "Connects to a port of this machine",
      input,
      async execute({ host, port }: { host: string; port: number }) {
        using connection = await Deno.connect({ hostname: host, port });
        return `connected to ${connection.remoteAddr.transport}`;
      },
    },
    processes: {
      description: "Starts so many processes at a time",
      input,
      async execute({ count }: { count: number }) {
        const children = Array.from({ length: count }, () => {
          return new Deno.Command(Deno.execPath(), { args: ["eval", "0"] }).output();
        });
        const codes = (await Promise.all(children)).map(({ code }) => code);
        return codes.every((code) => code === 0) ? "all ran" : "some did not run";
      },
    },
    allocate: {
      description: "Takes memory outside of the heap",
      input,
      execute({ megabytes }: { megabytes: number }) {
        const taken = Array.from({ length: megabytes }, () => new Uint8Array(1 << 20).fill(1));
        return `took ${taken.length} MB`;
      },
    },
    spin: {
      description: "Never comes back",
      input,
      execute(): string {
        console.error("spinning");
        for (;;);
      },
    },
    wait: {
      description: "Waits for ever",
      input,
      async execute(): Promise<string> {
        console.error("waiting");
        await new Promise(() => {});
        return "";
      },
    },
  },
} satisfies ToolPlugin;

export default plugin;
