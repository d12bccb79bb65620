// SPDX-License-Identifier: Apache-2.0

import type { Config } from "./config.ts";
import type { ConfigIssueCode } from "./errors.ts";
import { hint } from "./_nearest.ts";
import { formatPath, isMapping, type Path, valueAt } from "./_path.ts";
import type { Problem } from "./_problem.ts";
import { hintAtKey } from "./_vendor_keys.ts";
import { REDACTED } from "./secret.ts";

/** The provider that needs no configuration. */
export const LOCAL_PROVIDER = "local";
/** The workspace that is there without being configured. */
export const DEFAULT_WORKSPACE = "default";
/** Channels of the gateway itself, which need no plugin. */
export const BUILT_IN_CHANNELS: readonly string[] = ["http", "terminal"];

type Section = "channels" | "plugins" | "providers" | "users" | "workspaces";

/** What a check of references needs to know beside the config. */
export interface ReferenceOptions {
  /** The tree that the config was made of. What it names is there, though it may be malformed. */
  readonly tree: unknown;
  /** Paths of values that hold a variable, which are never shown. */
  readonly filled: ReadonlySet<string>;
}

/** Finds every value that does not fit another one. */
export function checkReferences(config: Config, options: ReferenceOptions): readonly Problem[] {
  const checker = new Checker(config, options);
  checker.checkNetworking();
  checker.checkProviders();
  checker.checkModels();
  checker.checkCompaction();
  checker.checkWorkspaces();
  checker.checkIdentities();
  checker.checkChannels();
  return checker.problems;
}

class Checker {
  readonly problems: Problem[] = [];
  readonly #config: Config;
  readonly #options: ReferenceOptions;

  constructor(config: Config, options: ReferenceOptions) {
    this.#config = config;
    this.#options = options;
  }

  checkNetworking(): void {
    const { mode, allowed_hosts } = this.#config.networking;
    if (mode !== "public" || allowed_hosts.length > 0) return;
    const message = "With mode public every request is refused unless its host is listed here";
    this.#report("missing", ["networking", "allowed_hosts"], message);
  }

  checkProviders(): void {
    for (const [name, { type, base_url }] of Object.entries(this.#config.providers)) {
      const path = ["providers", name];
      if (name === LOCAL_PROVIDER) {
        const message = `The provider "${LOCAL_PROVIDER}" is built in; choose another name`;
        this.#report("conflict", path, message, "key");
      }
      if (type === "openai-compatible" && base_url === undefined) {
        this.#report(
          "missing",
          [...path, "base_url"],
          "Missing: this type has no address of its own",
        );
      }
    }
  }

  checkModels(): void {
    const { models } = this.#config;
    this.#checkModel(["models", "default"], models.default);
    this.#checkModel(["models", "embedding"], models.embedding);
    for (const [workspace, model] of Object.entries(models.overrides)) {
      this.#checkWorkspace(["models", "overrides", workspace], workspace, "key");
      this.#checkModel(["models", "overrides", workspace], model);
    }
    for (const [model, chain] of Object.entries(models.failover)) {
      const path = ["models", "failover", model];
      if (model !== "*") this.#checkModel(path, model, "key");
      chain.forEach((next, index) => this.#checkModel([...path, index], next));
    }
  }

  checkCompaction(): void {
    const path = ["sessions", "memory", "compaction"];
    const { summary_model } = this.#config.sessions.memory.compaction;
    this.#checkModel([...path, "summary_model"], summary_model);
  }

  checkWorkspaces(): void {
    const owners = new Map<string, string>();
    for (const [name, { members = [], bindings }] of Object.entries(this.#config.workspaces)) {
      const path = ["workspaces", name];
      members.forEach((user, i) => this.#checkName("users", [...path, "members", i], user));
      bindings.forEach(({ channel, chat }, i) => {
        const place = [...path, "bindings", i];
        this.#checkChannel([...place, "channel"], channel);
        this.#checkUnique(owners, place, [channel, chat ?? ""], `the workspace "${name}"`);
      });
    }
  }

  checkIdentities(): void {
    const owners = new Map<string, string>();
    for (const [name, { identities }] of Object.entries(this.#config.users)) {
      identities.forEach(({ channel, platform_id }, i) => {
        const path = ["users", name, "identities", i];
        this.#checkChannel([...path, "channel"], channel);
        this.#checkUnique(owners, path, [channel, platform_id], `the user "${name}"`);
      });
    }
  }

  checkChannels(): void {
    for (const [name, channel] of Object.entries(this.#config.channels)) {
      const path = ["channels", name];
      this.#checkWorkspace([...path, "workspace"], channel.workspace);
      if (channel.pairing === "allowlist" && channel.allowlist.length === 0) {
        const message = "With pairing allowlist nobody gets in unless listed here";
        this.#report("missing", [...path, "allowlist"], message);
      }
      if (channel.plugin === undefined && BUILT_IN_CHANNELS.includes(name)) continue;
      this.#checkPlugin([...path, "plugin"], channel.plugin ?? name, channel.enabled);
    }
  }

  #checkModel(path: Path, model: string | undefined, part?: "key"): void {
    if (model === undefined) return;
    const provider = model.slice(0, model.indexOf("/"));
    // A plugin may bring a provider under its own name.
    const names = [LOCAL_PROVIDER, ...this.#names("providers"), ...this.#names("plugins")];
    if (!names.includes(provider)) {
      const advice = hintAtKey(provider) || hint(provider, names);
      this.#reportUnknown("provider", path, provider, advice, part);
      return;
    }
    if (
      Object.entries(this.#config.providers).some(([name, p]) => name === provider && !p.enabled)
    ) {
      const message = `The provider ${this.#show(path, provider)} is not enabled`;
      this.#report("conflict", path, message, part);
    }
  }

  #checkPlugin(path: Path, plugin: string, isNeeded: boolean): void {
    this.#checkName("plugins", path, plugin);
    const found = Object.entries(this.#config.plugins).find(([name]) => name === plugin);
    if (found?.[1].enabled !== false || !isNeeded) return;
    this.#report("conflict", path, `The plugin ${this.#show(path, plugin)} is not enabled`);
  }

  #checkChannel(path: Path, channel: string): void {
    if (!BUILT_IN_CHANNELS.includes(channel)) this.#checkName("channels", path, channel);
  }

  #checkWorkspace(path: Path, workspace: string, part?: "key"): void {
    if (workspace !== DEFAULT_WORKSPACE) this.#checkName("workspaces", path, workspace, part);
  }

  #checkName(section: Section, path: Path, name: string, part?: "key"): void {
    const names = this.#names(section);
    if (!names.includes(name)) {
      this.#reportUnknown(section.slice(0, -1), path, name, hint(name, names), part);
    }
  }

  #checkUnique(
    owners: Map<string, string>,
    path: Path,
    identity: readonly string[],
    owner: string,
  ): void {
    const key = JSON.stringify(identity);
    const other = owners.get(key);
    if (other === undefined) owners.set(key, owner);
    else this.#report("conflict", path, `It belongs to ${other} already`);
  }

  #names(section: Section): readonly string[] {
    const names = valueAt(this.#options.tree, [section]);
    return isMapping(names) ? Object.keys(names) : [];
  }

  #reportUnknown(
    kind: string,
    path: Path,
    name: string,
    advice: string,
    part: "key" | undefined,
  ): void {
    const shown = this.#isFilled(path) ? "" : advice;
    const message = `There is no ${kind} ${this.#show(path, name)}${shown}`;
    this.#report("unknown_reference", path, message, part);
  }

  #report(code: ConfigIssueCode, path: Path, message: string, part?: "key"): void {
    this.problems.push({ code, path, message, part });
  }

  #show(path: Path, name: string): string {
    return `"${this.#isFilled(path) ? REDACTED : name}"`;
  }

  #isFilled(path: Path): boolean {
    return this.#options.filled.has(formatPath(path));
  }
}
