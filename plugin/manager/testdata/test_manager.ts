// SPDX-License-Identifier: Apache-2.0

import type { AuditRecord } from "../../audit_sink.ts";
import { type AccessRules, Enforcer } from "../../enforcer.ts";
import { type Files, writeFiles } from "../../install/testdata/plugin_folder.ts";
import type { PluginState } from "../../lifecycle.ts";
import type { PluginLogger, PluginOutboundMessage } from "../../process/plugin_process.ts";
import { spawnPlugin } from "../../process/spawn_plugin.ts";
import type { Tool, ToolContext } from "../../tool.ts";
import { openPluginManager, type PluginManagerOptions } from "../open_plugin_manager.ts";
import type { PluginManager } from "../plugin_manager.ts";
import { ManualClock } from "./manual_clock.ts";

/** An entry of a log. */
interface LogEntry {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A message that a plugin sends, which waits until the test answers it. */
interface SentMessage extends PluginOutboundMessage {
  readonly answer: (id: string) => void;
}

/** Options of {@linkcode TestManager.open}. */
export interface TestManagerOptions extends Partial<PluginManagerOptions> {
  /** The files of each plugin. */
  readonly plugins: Readonly<Record<string, Files>>;
  /** What users may do; everything when absent. */
  readonly user?: AccessRules | undefined;
}

/** A manager with real processes in a folder of its own, and a clock that the test moves. */
export class TestManager implements AsyncDisposable {
  readonly folder: string;
  readonly clock: ManualClock = new ManualClock(() => this.#notify());
  readonly audit: AuditRecord[] = [];
  readonly sent: SentMessage[] = [];
  readonly #entries: LogEntry[] = [];
  #changed = Promise.withResolvers<void>();
  #manager: PluginManager | undefined;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(options: TestManagerOptions): Promise<TestManager> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "sigil_manager_test_" }));
    const test = new TestManager(folder);
    for (const [name, files] of Object.entries(options.plugins)) {
      await writeFiles(`${folder}/plugins/${name}`, files);
    }
    test.#manager = await openPluginManager(test.#managerOptions(options));
    return test;
  }

  get manager(): PluginManager {
    if (this.#manager === undefined) throw new TypeError("The manager is not open");
    return this.#manager;
  }

  /** The state of a plugin. */
  state(name: string): PluginState {
    return this.manager.get(name).state;
  }

  /** Waits until something has happened. Fails, by the test's own limit, when it never does. */
  async until(hasHappened: () => boolean): Promise<void> {
    while (!hasHappened()) await this.#changed.promise;
  }

  /** Waits until a plugin has moved to a state that many times. */
  async moved(plugin: string, to: PluginState, times = 1): Promise<void> {
    const isMove = ({ message, fields }: LogEntry) =>
      message === "plugin moved" && fields.plugin === plugin && fields.to === to;
    await this.until(() => this.#entries.filter(isMove).length >= times);
  }

  /** The states that a plugin went through. */
  moves(plugin: string): unknown[] {
    return this.#entries
      .filter(({ message, fields }) => message === "plugin moved" && fields.plugin === plugin)
      .map(({ fields }) => fields.to);
  }

  /** What was recorded about a plugin, without the decisions and approvals. */
  recorded(plugin: string): string[] {
    const others = ["capability.check", "plugin.approve"];
    return this.audit.filter((entry) => entry.plugin === plugin && !others.includes(entry.action))
      .map(({ action, result }) => `${action} ${result}`);
  }

  /** A tool of a plugin. */
  tool(name: string): Tool {
    const tool = this.manager.tools().find(({ definition }) => definition.name === name);
    if (tool === undefined) throw new TypeError(`There is no tool ${name}`);
    return tool;
  }

  /** Runs a tool, and gives its text, or its error with a mark before it. */
  async run(
    name: string,
    input: Readonly<Record<string, unknown>> = {},
    signal: AbortSignal = new AbortController().signal,
  ): Promise<string> {
    let text = "";
    const context: ToolContext = { workspaceId: "w", sessionId: "s", userId: "u", signal };
    for await (const chunk of this.tool(name).execute(input, context)) {
      text += chunk.type === "text" ? chunk.text : `!${chunk.message}`;
    }
    return text;
  }

  /** Writes files of a plugin. */
  write(plugin: string, files: Files): Promise<void> {
    return writeFiles(`${this.folder}/plugins/${plugin}`, files);
  }

  /** Writes files of a plugin, and approves what it is then. */
  async approve(plugin: string, files: Files): Promise<void> {
    await this.write(plugin, files);
    await this.manager.approve(plugin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { answer } of this.sent) answer("late");
    await this.#manager?.close();
    await Deno.remove(this.folder, { recursive: true });
  }

  #managerOptions(options: TestManagerOptions): PluginManagerOptions {
    const audit = {
      append: async (entry: AuditRecord) => {
        this.audit.push(entry);
        this.#notify();
      },
    };
    const everything: AccessRules = { allow: ["*"] };
    const policy = {
      plugin: (name: string) => this.manager.rules(name),
      workspace: () => everything,
      user: () => options.user ?? everything,
    };
    const names = Object.keys(options.plugins);
    return {
      directory: `${this.folder}/plugins`,
      dataDirectory: `${this.folder}/data`,
      config: Object.fromEntries(names.map((name) => [name, { enabled: true }])),
      spawn: spawnPlugin,
      enforcer: new Enforcer({ audit, policy }),
      audit,
      engineVersion: "0.1.0",
      logger: this.#logger(),
      now: () => this.clock.now(),
      delay: (milliseconds, signal) => this.clock.delay(milliseconds, signal),
      sendMessage: (message) => this.#send(message),
      ...options,
    };
  }

  #send(message: PluginOutboundMessage): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.sent.push({ ...message, answer: resolve });
    this.#notify();
    return promise;
  }

  #logger(): PluginLogger {
    const add = (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      this.#entries.push({ message, fields });
      this.#notify();
    };
    return { debug: add, info: add, warn: add, error: add };
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}
