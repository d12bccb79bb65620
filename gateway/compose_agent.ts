// SPDX-License-Identifier: Apache-2.0

import {
  type Agent,
  type AgentOptions,
  type AgentSettings,
  type Embed,
  memoryTools,
  openAgent,
  type OpenWorkspace,
  type ToolScope,
} from "@sigil/agent";
import type { Config } from "@sigil/config";
import type { Tool } from "@sigil/plugin";
import type { Router } from "@sigil/provider";
import type { GatewayStore, User, UserStore } from "@sigil/store";
import type { Clock } from "./clock.ts";
import { DEFAULT_WORKSPACE } from "./config_view.ts";
import { toIdentity } from "./identity.ts";
import type { LiveConfig } from "./live_config.ts";
import type { Logger } from "./logger.ts";
import { mayUse } from "./services.ts";

/** What an agent is put together from. */
export interface AgentParts {
  /** The configuration. */
  readonly live: LiveConfig;
  /** Finds models. */
  readonly router: Router;
  /** Knows users, and keeps the audit log. */
  readonly gatewayStore: GatewayStore;
  /** Gives the stores of a workspace. */
  readonly openWorkspace: OpenWorkspace;
  /** Gives the tools of plugins, as they are now. */
  readonly pluginTools: () => readonly Tool[];
  /** Decides whether a tool may run, and records that. */
  readonly authorize: AgentOptions["authorize"];
  /** Tells the time. */
  readonly clock: Clock;
  /** Told what happens. */
  readonly logger: Logger;
}

/** The model that embeds unless another is configured. It hashes words, and is not neural. */
const BUILT_IN_EMBEDDING = "local/hash-256";

/** Opens the agent of a gateway. */
export function composeAgent(parts: AgentParts): Agent {
  const { live, router, gatewayStore, openWorkspace, clock, logger, authorize } = parts;
  const now = () => clock.now();
  const embed = toEmbed(live, router);
  const tools = memoryTools({ openWorkspace, embed, now });
  const userOf = lookUpOnce(gatewayStore.users);
  return openAgent({
    openWorkspace,
    router,
    embed,
    logger,
    now,
    audit: gatewayStore.auditLog,
    tools: async (scope) => {
      // Guests talk without tools: their model is told of none.
      const { role } = await userOf(scope);
      return role === "guest" ? [] : [...tools, ...parts.pluginTools()];
    },
    authorize,
    settings: toAgentSettings(live.config),
    isMember: async (scope) => {
      const workspace = live.findWorkspace(scope.workspaceId);
      if (workspace === undefined) return true; // the stores then say that there is none
      return mayUse(toIdentity(await userOf(scope)), workspace);
    },
  });
}

/** Looks up whose turn it is, once in each turn: what was known in the turn before may hold no more. */
function lookUpOnce(users: Pick<UserStore, "get">): (scope: ToolScope) => Promise<User> {
  const known = new WeakMap<ToolScope, Promise<User>>();
  return (scope) => {
    const user = known.get(scope) ?? users.get(scope.userId);
    known.set(scope, user);
    return user;
  };
}

function toEmbed(live: LiveConfig, router: Router): Embed {
  return async (texts, { signal }) => {
    const name = live.config.models.embedding ?? BUILT_IN_EMBEDDING;
    const { provider, model } = await router.route(DEFAULT_WORKSPACE, name, { signal });
    if (provider.embed === undefined) {
      throw new TypeError(`Cannot embed with "${name}": its provider has no embeddings`);
    }
    return (await provider.embed({ model, texts }, { signal })).embeddings;
  };
}

/** How a configuration wants the agent to work. */
export function toAgentSettings({ sessions, security }: Config): AgentSettings {
  const { active_window, compaction } = sessions.memory;
  return {
    activeWindow: active_window,
    maxToolRounds: security.max_tool_rounds,
    maxToolResultBytes: security.max_tool_result_bytes,
    compaction: {
      batchSize: compaction.batch_size,
      summarise: compaction.enabled,
      model: compaction.summary_model,
    },
  };
}
