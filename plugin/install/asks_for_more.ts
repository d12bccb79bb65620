// SPDX-License-Identifier: Apache-2.0

import { configReference } from "../_permission_path.ts";
import type { Manifest } from "../manifest.ts";

/**
 * Tells whether a manifest asks for anything that another one does not: what a person approved by
 * reading that one, nobody has approved for this one.
 *
 * What is no longer asked for, or denied on top, is not more. Any other difference is, apart from the
 * version, the licence, the main module, descriptions and how long a stop may take; a schema of
 * settings counts where a permission stands for a setting, which may have a default.
 *
 * @example Usage
 * ```ts
 * import { parseManifest } from "@sigil/plugin";
 * import { asksForMore } from "@sigil/plugin/install";
 *
 * const text = "{ name: echo, version: 1.0.0, type: tool, engine: '*', capabilities: [tool.echo";
 * const approved = parseManifest(`${text}] }`);
 * asksForMore(approved, parseManifest(`${text}, tool.shout] }`)); // true
 * ```
 */
export function asksForMore(approved: Manifest, now: Manifest): boolean {
  return !grants(now).isSubsetOf(grants(approved)) ||
    !denials(approved).isSubsetOf(denials(now));
}

/** All that makes a plugin able to do something, each as a text. */
function grants({ type, execution, capabilities, ...rest }: Manifest): ReadonlySet<string> {
  const { tier, image, network, memory_limit, sandbox = {} } = execution;
  const { read_allow = [], write_allow = [] } = sandbox.filesystem ?? {};
  const { allow = [], proxy = false } = sandbox.network ?? {};
  const entries = [...read_allow, ...write_allow, ...allow];
  const isConfigured = entries.some((entry) => configReference(entry) !== undefined);
  return tokens([
    ["execution", type, tier, image, network, memory_limit],
    ...read_allow.map((path) => ["read", path]),
    ...write_allow.map((path) => ["write", path]),
    ...(proxy ? [["proxy"]] : allow.map((host) => ["connect", host])),
    ...capabilities.map(({ pattern }) => ["use", pattern]),
    ["storage", rest.storage?.kv, rest.storage?.volumes, rest.storage?.memory],
    ...Object.entries(rest.dependencies ?? {}).map((need) => ["need", ...need]),
    ...(rest.lifecycle?.hot_reload === true ? [["hot_reload"]] : []),
    ...(isConfigured ? [["settings", rest.config_schema]] : []),
  ]);
}

/** All that keeps a plugin from doing something, each as a text. */
function denials({ execution, deny_capabilities = [] }: Manifest): ReadonlySet<string> {
  return tokens([
    ...(execution.sandbox?.filesystem?.read_deny ?? []).map((path) => ["read", path]),
    ...deny_capabilities.map(({ pattern }) => ["use", pattern]),
  ]);
}

function tokens(values: readonly unknown[]): ReadonlySet<string> {
  return new Set(values.map((value) => JSON.stringify(value)));
}
