// SPDX-License-Identifier: Apache-2.0

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { MemoryHost } from "../../testing/memory_host.ts";
import { detectLayers } from "../detect_layers.ts";
import type { PluginProcess, SandboxLayer, SpawnPluginOptions } from "../plugin_process.ts";
import { spawnPlugin } from "../spawn_plugin.ts";

/** So that a test that fails does not hang. */
const LIMIT = { timeoutMs: 20_000 };

/** What the tests change of how a plugin is started. */
export type TestSpawnOptions =
  & Partial<SpawnPluginOptions>
  & { readonly layers?: readonly SandboxLayer[] };

/** Gives the absolute path of a file in this folder. */
export function testFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Starts a plugin of this folder, runs a test with it, ends it and takes its DENO_DIR away. */
export async function withPlugin(
  name: string,
  options: TestSpawnOptions,
  test: (plugin: PluginProcess) => Promise<void>,
): Promise<void> {
  const denoDirectory = await Deno.makeTempDir({ prefix: "sigil-plugin-" });
  const main = testFile(name);
  try {
    await using plugin = await spawnPlugin({
      plugin: "hello",
      main,
      permissionFlags: [`--allow-read=${dirname(main)}`],
      denoDirectory: join(denoDirectory, "deno"),
      host: new MemoryHost(),
      sandbox: { layers: options.layers ?? [], ...options.sandbox },
      ...options,
    });
    await test(plugin);
  } finally {
    await Deno.remove(denoDirectory, { recursive: true });
  }
}

/** Runs a tool; gives its text. */
export async function runTool(
  plugin: PluginProcess,
  name: string,
  input: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  let text = "";
  for await (const chunk of plugin.tools.execute({ name, input, sessionId: "s1" }, LIMIT)) {
    text += chunk.type === "text" ? chunk.text : `[${chunk.message}]`;
  }
  return text;
}

/** Collects lines of stderr, and lets a test wait for one. */
export class StderrLog {
  readonly lines: string[] = [];
  #waiting: { readonly part: string; readonly resolve: () => void }[] = [];

  readonly add = (line: string): void => {
    this.lines.push(line);
    for (const { part, resolve } of this.#waiting) if (line.includes(part)) resolve();
  };

  /** Resolves when a line with `part` has come. */
  async next(part: string): Promise<void> {
    if (this.lines.some((line) => line.includes(part))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ part, resolve });
    await promise;
  }
}

/** For each way of this machine to hold a plugin: its name, its layers, and why it is skipped, if so. */
export async function layerCases(): Promise<
  readonly {
    readonly name: string;
    readonly layers: readonly SandboxLayer[];
    readonly skip: string;
  }[]
> {
  const found = new Map((await detectLayers()).map((status) => [status.layer, status.reason]));
  const reasonFor = (layers: readonly SandboxLayer[]) => {
    return layers.map((layer) => found.get(layer)).filter((reason) => reason).join("; ");
  };
  const sets: readonly (readonly SandboxLayer[])[] = [
    [],
    ["prlimit", "pdeathsig"],
    ["prlimit", "bwrap"],
  ];
  return sets.map((layers) => {
    return { name: layers.join(" and ") || "no layers", layers, skip: reasonFor(layers) };
  });
}
