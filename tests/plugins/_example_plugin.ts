// SPDX-License-Identifier: Apache-2.0

import { type AuditRecord, Enforcer, type PluginState } from "@sigil/plugin";
import { installPlugin } from "@sigil/plugin/install";
import {
  type ManagedChannel,
  type ManagedProvider,
  openPluginManager,
  type PluginManager,
  type PluginStatus,
} from "@sigil/plugin/manager";
import {
  type PluginLogger,
  type PluginProcess,
  type SandboxLayer,
  spawnPlugin,
  type SpawnPluginOptions,
} from "@sigil/plugin/process";
import { fileURLToPath } from "node:url";
import { bundlePlugin, listBundledPlugins } from "../../examples/plugins/bundle.ts";

const EXAMPLES = new URL("../../examples/plugins/", import.meta.url);

/** How an example is started. */
export interface ExampleOptions {
  /** Its configuration. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** The layers around its process; none when absent. */
  readonly layers?: readonly SandboxLayer[] | undefined;
}

/**
 * An example, bundled and installed as its user would, that runs in a process of its own with the
 * flags that its manifest compiles to.
 */
export class ExamplePlugin implements AsyncDisposable {
  readonly audit: AuditRecord[] = [];
  readonly spawned: SpawnPluginOptions[] = [];
  readonly processes: PluginProcess[] = [];
  readonly #name: string;
  readonly #folder: string;
  readonly #moves: unknown[] = [];
  #moved = Promise.withResolvers<void>();
  #manager: PluginManager | undefined;

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.#folder = folder;
  }

  /** Starts the example in a folder of `examples/plugins/`. */
  static async start(folderName: string, options: ExampleOptions = {}): Promise<ExamplePlugin> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil_example_" }));
    const source = await build(folderName, `${folder}/source`);
    const { manifest } = await installPlugin(source, `${folder}/plugins`);
    const example = new ExamplePlugin(manifest.name, folder);
    await example.#open(options);
    return example;
  }

  get manager(): PluginManager {
    if (this.#manager === undefined) throw new TypeError("The manager is not open");
    return this.#manager;
  }

  get status(): PluginStatus {
    return this.manager.get(this.#name);
  }

  /** The flags that the manifest was compiled to. */
  get flags(): readonly string[] {
    return this.spawned.at(-1)?.permissionFlags ?? [];
  }

  /** The flags of a plugin that reads its own folder, and what else is named. */
  readFlags(...folders: readonly string[]): readonly string[] {
    const unhashed = `${this.directory}/.git`;
    return [
      `--allow-read=${[this.directory, ...folders].join(",")}`,
      `--deny-read=${unhashed}`,
      `--deny-write=${unhashed}`,
    ];
  }

  /** The folder that it was installed into. */
  get directory(): string {
    return `${this.#folder}/plugins/${this.#name}`;
  }

  /** Runs one of its tools; gives the text, or what failed with a mark before it. */
  async run(
    tool: string,
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<string> {
    const name = `${this.#name}__${tool}`;
    const found = this.manager.tools().find(({ definition }) => definition.name === name);
    if (found === undefined) throw new TypeError(`There is no tool ${name}`);
    const context = { workspaceId: "w", sessionId: "s", userId: "u", signal };
    let text = "";
    for await (const chunk of found.execute(input, context)) {
      text += chunk.type === "text" ? chunk.text : `!${chunk.message}`;
    }
    return text;
  }

  /** Waits until it has moved to a state that many times. */
  async until(state: PluginState, times: number): Promise<void> {
    while (this.#moves.filter((move) => move === state).length < times) await this.#moved.promise;
  }

  get channel(): ManagedChannel {
    return only(this.manager.channels());
  }

  get provider(): ManagedProvider {
    return only(this.manager.providers());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#manager?.close();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #open({ config = {}, layers = [] }: ExampleOptions): Promise<void> {
    const audit = { append: async (entry: AuditRecord) => void this.audit.push(entry) };
    const everything = () => ({ allow: ["*"] });
    const policy = {
      plugin: (name: string) => this.manager.rules(name),
      workspace: everything,
      user: everything,
    };
    this.#manager = await openPluginManager({
      directory: `${this.#folder}/plugins`,
      dataDirectory: `${this.#folder}/data`,
      config: { [this.#name]: { enabled: true, config } },
      spawn: (options) => this.#spawn(options),
      enforcer: new Enforcer({ audit, policy }),
      audit,
      engineVersion: "0.1.0",
      layers,
      timing: { restart: { firstDelayMs: 1, maxDelayMs: 1, limit: 5, windowMs: 300_000 } },
      logger: this.#logger(),
    });
    await this.#manager.ready;
  }

  #logger(): PluginLogger {
    const debug = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      if (message !== "plugin moved") return;
      this.#moves.push(fields.to);
      const { resolve } = this.#moved;
      this.#moved = Promise.withResolvers();
      resolve();
    };
    return { debug, info() {}, warn() {}, error() {} };
  }

  async #spawn(options: SpawnPluginOptions): Promise<PluginProcess> {
    this.spawned.push(options);
    const process = await spawnPlugin(options);
    this.processes.push(process);
    return process;
  }
}

/** Copies an example and bundles it if it needs that; leaves the repository as it is. */
async function build(folderName: string, target: string): Promise<string> {
  const source = fileURLToPath(new URL(folderName, EXAMPLES));
  await copyFolder(source, target);
  if ((await listBundledPlugins()).includes(folderName)) {
    await bundlePlugin(folderName, `${target}/plugin.js`);
  }
  return target;
}

async function copyFolder(source: string, target: string): Promise<void> {
  await Deno.mkdir(target, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(source)) {
    const [from, to] = [`${source}/${name}`, `${target}/${name}`];
    await (isDirectory ? copyFolder(from, to) : Deno.copyFile(from, to));
  }
}

function only<T>(items: readonly T[]): T {
  const [item, ...others] = items;
  if (item === undefined || others.length > 0) throw new TypeError("There is not just one");
  return item;
}
