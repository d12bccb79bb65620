// SPDX-License-Identifier: Apache-2.0

import type { WorkspaceToolsConfig } from "@sigil/config";
import type { AccessPolicy, AccessRules } from "@sigil/plugin";
import { StoreError, type UserStore } from "@sigil/store";
import type { LiveConfig } from "../live_config.ts";

/** What a policy is read from, in every decision anew. */
export interface AccessPolicyParts {
  /** Knows what each workspace allows. */
  readonly live: LiveConfig;
  /** Knows the role of each user. */
  readonly users: Pick<UserStore, "get">;
  /** Tells what a plugin asks for; nothing for one that does not run. */
  readonly rulesOf: (plugin: string) => AccessRules | undefined;
}

const EVERYTHING: AccessRules = { allow: ["*"] };
const NOTHING: AccessRules = { allow: [] };

/**
 * Makes the policy of a gateway: what the plugin asks for, what `tools` of the workspace allows, and
 * whether the user may use tools at all.
 */
export function makeAccessPolicy({ live, users, rulesOf }: AccessPolicyParts): AccessPolicy {
  return {
    plugin: (name) => name === "" ? EVERYTHING : rulesOf(name),
    workspace(id) {
      if (live.findWorkspace(id) === undefined) return undefined;
      const tools = live.config.workspaces[id]?.tools;
      return tools === undefined ? EVERYTHING : toolRules(tools);
    },
    user: (id) => userRules(users, id),
  };
}

/**
 * Turns patterns of tools into patterns of capabilities.
 *
 * A tool is meant by its plugin (`weather`), by plugin and name (`weather.today`, or as the agent knows
 * it, `weather__today`), or by its capability (`memory.write.self`).
 */
export function toolRules({ allow, deny }: WorkspaceToolsConfig): AccessRules {
  return { allow: allow.flatMap(toCapabilities), deny: deny.flatMap(toCapabilities) };
}

function toCapabilities(pattern: string): readonly string[] {
  if (pattern === "*" || pattern.startsWith("tool.")) return [pattern];
  const dotted = pattern.replaceAll("__", ".");
  return dotted.includes(".")
    ? [dotted, `tool.${dotted}`]
    : [dotted, `${dotted}.*`, `tool.${dotted}.*`];
}

/** A guest may talk without tools. */
async function userRules(
  users: AccessPolicyParts["users"],
  id: string,
): Promise<AccessRules | undefined> {
  try {
    const { role } = await users.get(id);
    return role === "guest" ? NOTHING : EVERYTHING;
  } catch (error) {
    if (error instanceof StoreError && error.code === "not_found") return undefined;
    throw error;
  }
}
