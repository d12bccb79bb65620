// SPDX-License-Identifier: Apache-2.0

import type { AuditRecord, AuditSink } from "./audit_sink.ts";
import { matchCapability, parseCapability } from "./capability.ts";
import { PluginError } from "./errors.ts";
import type { Manifest } from "./manifest.ts";

/** What may be done and what may not: patterns of capabilities. What neither covers may not. */
export interface AccessRules {
  /** What may be done. */
  readonly allow: readonly string[];
  /** What may not, even where `allow` covers it. */
  readonly deny?: readonly string[] | undefined;
}

/**
 * Where the rules are. Each gives nothing for what it does not know, which denies everything to it.
 *
 * They are asked in every decision, so that a change of the rules holds at once.
 */
export interface AccessPolicy {
  /** What a plugin asks for; {@linkcode manifestRules} makes them. The empty name is the gateway itself. */
  plugin(name: string): AccessRules | undefined | Promise<AccessRules | undefined>;
  /** What may be done in a workspace. */
  workspace(id: string): AccessRules | undefined | Promise<AccessRules | undefined>;
  /** What may be done on behalf of a user. */
  user(id: string): AccessRules | undefined | Promise<AccessRules | undefined>;
}

/** What is to be done, by what, where and on whose behalf. */
export interface AccessRequest {
  /** What is to be done, such as `tool.weather`: without stars. */
  readonly capability: string;
  /** The plugin that does it; empty for the gateway itself. */
  readonly plugin: string;
  /** The workspace; absent when the plugin acts for itself, such as on its own store. */
  readonly workspaceId?: string | undefined;
  /** The user on whose behalf; absent when the plugin acts for itself. */
  readonly userId?: string | undefined;
  /** The session. */
  readonly sessionId?: string | undefined;
}

/** Whether something may be done. */
export interface AccessDecision {
  /** Whether it may. */
  readonly allowed: boolean;
  /** Why, in a sentence. */
  readonly reason: string;
}

/** Options of an {@linkcode Enforcer}. */
export interface EnforcerOptions {
  /** Where every decision is recorded. What cannot be recorded is denied. */
  readonly audit: AuditSink;
  /** Where the rules are. */
  readonly policy: AccessPolicy;
  /** Tells the time; the machine's clock when absent. */
  readonly now?: (() => Date) | undefined;
  /** Makes an id that was never used; random UUIDs when absent. */
  readonly newId?: (() => string) | undefined;
}

/**
 * Decides what plugins may do, and records every decision.
 *
 * Something may be done when the plugin's manifest, the workspace and the user all allow it and none
 * denies it. Whatever is unknown, malformed or cannot be recorded is denied. A denial of one scope
 * also denies the capability without a scope, which would include it.
 *
 * @example Usage
 * ```ts
 * import { type AuditRecord, Enforcer } from "@sigil/plugin";
 *
 * const record: AuditRecord[] = [];
 * const enforcer = new Enforcer({
 *   audit: { append: async (entry) => void record.push(entry) },
 *   policy: {
 *     plugin: (name) => name === "weather" ? { allow: ["tool.weather"] } : undefined,
 *     workspace: () => ({ allow: ["tool.*"], deny: ["tool.shell"] }),
 *     user: () => ({ allow: ["*"] }),
 *   },
 * });
 * const { allowed } = await enforcer.authorize({
 *   capability: "tool.weather",
 *   plugin: "weather",
 *   workspaceId: "default",
 *   userId: "ada",
 * });
 * // true
 * ```
 */
export class Enforcer {
  readonly #audit: AuditSink;
  readonly #policy: AccessPolicy;
  readonly #now: () => Date;
  readonly #newId: () => string;

  /**
   * Makes an enforcer.
   *
   * @throws {TypeError} When there is no audit sink: decisions are never made in silence.
   */
  constructor(options: EnforcerOptions) {
    if (typeof options.audit?.append !== "function") {
      throw new TypeError("Cannot make an Enforcer: it needs an audit sink with append()");
    }
    this.#audit = options.audit;
    this.#policy = options.policy;
    this.#now = options.now ?? (() => new Date());
    this.#newId = options.newId ?? (() => crypto.randomUUID());
  }

  /**
   * Decides whether something may be done. Never rejects: a failure is a denial.
   */
  async authorize(request: AccessRequest): Promise<AccessDecision> {
    const decision = await this.#decide(request);
    try {
      await this.#audit.append(this.#record(request, decision));
      return decision;
    } catch {
      return deny("the decision could not be recorded");
    }
  }

  /**
   * Does nothing when something may be done, and throws when it may not.
   *
   * @throws {PluginError} With code `denied`.
   */
  async enforce(request: AccessRequest): Promise<void> {
    const { allowed, reason } = await this.authorize(request);
    if (allowed) return;
    const { plugin, capability } = request;
    const who = plugin === "" ? "the gateway" : `plugin "${plugin}"`;
    const message = `Cannot let ${who} use ${excerpt(capability)}: ${reason}`;
    throw new PluginError("denied", message, { plugin });
  }

  async #decide(request: AccessRequest): Promise<AccessDecision> {
    const { capability, plugin, workspaceId, userId } = request;
    try {
      if (capability.includes("*")) return deny("only a pattern may have a star");
      parseCapability(capability);
      const rules = await Promise.all([
        this.#policy.plugin(plugin),
        workspaceId === undefined ? EVERYTHING : this.#policy.workspace(workspaceId),
        userId === undefined ? EVERYTHING : this.#policy.user(userId),
      ]);
      return decide(capability, rules);
    } catch (error) {
      return deny(error instanceof PluginError ? error.message : "the rules could not be read");
    }
  }

  #record(request: AccessRequest, { allowed, reason }: AccessDecision): AuditRecord {
    const { capability, plugin, workspaceId = "", userId, sessionId = "" } = request;
    return {
      id: this.#newId(),
      timestamp: this.#now(),
      action: "capability.check",
      actor: userId ?? plugin,
      plugin,
      workspaceId,
      sessionId,
      details: { capability: excerpt(capability), reason },
      result: allowed ? "allowed" : "denied",
    };
  }
}

/**
 * Makes the rules of a plugin out of its manifest: it may do what it asks for, apart from what it
 * renounces.
 *
 * `storage.kv` asks for `kv.read.self` and `kv.write.self`, a `config_schema` for `config.read.self`.
 *
 * @example Usage
 * ```ts
 * import { manifestRules } from "@sigil/plugin";
 *
 * manifestRules({
 *   capabilities: [{ pattern: "tool.*" }],
 *   deny_capabilities: [{ pattern: "tool.shell" }],
 *   storage: { kv: true },
 * }); // { allow: ["tool.*", "kv.read.self", "kv.write.self"], deny: ["tool.shell"] }
 * ```
 */
export function manifestRules(
  manifest: Pick<Manifest, "capabilities" | "deny_capabilities" | "storage" | "config_schema">,
): AccessRules {
  const { capabilities, deny_capabilities = [], storage, config_schema } = manifest;
  return {
    allow: [
      ...capabilities.map(({ pattern }) => pattern),
      ...(storage?.kv === true ? ["kv.read.self", "kv.write.self"] : []),
      ...(config_schema === undefined ? [] : ["config.read.self"]),
    ],
    deny: deny_capabilities.map(({ pattern }) => pattern),
  };
}

/** Stands for a party that has no say. */
const EVERYTHING: AccessRules = { allow: ["*"] };

const PARTIES = ["the plugin's manifest", "the workspace", "the user"] as const;

function decide(
  capability: string,
  rules: readonly (AccessRules | undefined)[],
): AccessDecision {
  for (const [index, party] of PARTIES.entries()) {
    if (rules[index] === undefined) return deny(`${party} is unknown`);
    const denied = rules[index].deny?.find((pattern) => denies(pattern, capability));
    if (denied !== undefined) return deny(`${party} denies ${denied}`);
  }
  for (const [index, party] of PARTIES.entries()) {
    const isAllowed = rules[index]?.allow.some((pattern) => matchCapability(pattern, capability));
    if (isAllowed !== true) return deny(`${party} does not allow it`);
  }
  return { allowed: true, reason: "the plugin's manifest, the workspace and the user allow it" };
}

/** Without a scope, a capability reaches every scope, the denied one included. */
function denies(pattern: string, capability: string): boolean {
  const { segments } = parseCapability(pattern);
  return matchCapability(capability.includes(":") ? pattern : segments.join("."), capability);
}

function deny(reason: string): AccessDecision {
  return { allowed: false, reason };
}

function excerpt(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
