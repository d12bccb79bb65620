// SPDX-License-Identifier: Apache-2.0

import type { Secret } from "./secret.ts";

/** Things by name. Names have lower-case letters, digits, `.`, `_` and `-`; at most 64. */
export type Named<T> = { readonly [name: string]: T };

/** A value whose form only its reader knows. Texts that may be secret are {@linkcode Secret}s. */
export type ConfigValue =
  | string
  | number
  | boolean
  | null
  | Secret
  | readonly ConfigValue[]
  | ConfigObject;

/** Values whose form only their reader knows, by key. */
export interface ConfigObject {
  /** Any key. */
  readonly [key: string]: ConfigValue;
}

/** Everything that `sigil.yaml` says, with defaults where it says nothing. Frozen at every depth. */
export interface Config {
  /** Who may come in. */
  readonly auth: AuthConfig;
  /** Where the gateway listens, and to whom. */
  readonly networking: NetworkingConfig;
  /** Where everything is kept. */
  readonly storage: StorageConfig;
  /** Sources of models, by name. The built-in provider `local` is always there as well. */
  readonly providers: Named<ProviderConfig>;
  /** Which models are used, and what they may cost. */
  readonly models: ModelsConfig;
  /** How conversations are kept. */
  readonly sessions: SessionsConfig;
  /** What is guarded against. */
  readonly security: SecurityConfig;
  /** Rooms with their own memory, members and tools, by name. `default` is always there. */
  readonly workspaces: Named<WorkspaceConfig>;
  /** People, by name. */
  readonly users: Named<UserConfig>;
  /** Plugins, by name. */
  readonly plugins: Named<PluginConfig>;
  /** Ways that people reach the gateway, by name. */
  readonly channels: Named<ChannelConfig>;
}

/** The section `auth`. */
export interface AuthConfig {
  /** What clients must show. Without one the gateway makes its own at first start. */
  readonly token?: Secret | undefined;
}

/** The section `networking`. */
export interface NetworkingConfig {
  /** `host:port` to listen on; port 0 takes a free one. */
  readonly listen: string;
  /** `local` also serves the names of this machine; `public` serves `allowed_hosts` alone. */
  readonly mode: "local" | "public";
  /** Names, with or without a port, that a request's Host header may have. */
  readonly allowed_hosts: readonly string[];
  /** Origins of web pages that may call, such as `https://chat.example`. */
  readonly allowed_origins: readonly string[];
  /** Limits on what one client may ask. */
  readonly limits: NetworkingLimits;
}

/** The section `networking.limits`. */
export interface NetworkingLimits {
  /** The largest request body, in bytes. */
  readonly max_body_bytes: number;
  /** Requests a minute for each identity. */
  readonly requests_per_minute: number;
  /** Streams open at once for each identity. */
  readonly concurrent_streams: number;
}

/** What keeps records. */
export type StorageBackend = "sqlite" | "inmem";

/** What keeps vectors. */
export type VectorBackend = StorageBackend | "sqlite_vec";

/** Another backend for one store. */
export interface BackendOverride<Backend extends string = StorageBackend> {
  /** The backend; `storage.backend` when absent. */
  readonly backend?: Backend | undefined;
}

/** The section `storage`. */
export interface StorageConfig {
  /** The folder for all data, made when absent. Relative to the working folder. */
  readonly directory: string;
  /** The backend of every store that names no other. */
  readonly backend: StorageBackend;
  /** `normal` survives a crash of the program, `full` also a loss of power. */
  readonly durability: "normal" | "full";
  /** Sessions and their active windows. */
  readonly session: BackendOverride;
  /** Searchable messages and summaries. */
  readonly memory: MemoryStorageConfig;
  /** Embeddings. */
  readonly vector: BackendOverride<VectorBackend>;
  /** Users, pairings and the audit log. */
  readonly gateway: BackendOverride;
}

/** The section `storage.memory`. */
export interface MemoryStorageConfig extends BackendOverride {
  /** Entities, relationships and facts; as `storage.memory` when absent. */
  readonly knowledge: BackendOverride;
}

/** Whose format a provider speaks. */
export type ProviderType =
  | "anthropic"
  | "openai"
  | "google"
  | "openrouter"
  | "ollama"
  | "openai-compatible";

/** One of `providers`. */
export interface ProviderConfig {
  /** Whose format it speaks. May be left out where the provider's name is a type. */
  readonly type: ProviderType;
  /** Whether it is used. */
  readonly enabled: boolean;
  /** The vendor's key. */
  readonly api_key?: Secret | undefined;
  /** Where it is, when not at the vendor's own address. `openai-compatible` needs one. */
  readonly base_url?: string | undefined;
  /** Further headers of each request. */
  readonly headers: Named<Secret>;
  /** Models to list, by the vendor's names; what the vendor lists when empty. */
  readonly models: readonly string[];
  /** How long to wait. */
  readonly timeouts: ProviderTimeouts;
}

/** The section `timeouts` of a provider. */
export interface ProviderTimeouts {
  /** For the first event of an answer, in milliseconds. */
  readonly first_event_ms: number;
  /** For each further event of an answer, in milliseconds. */
  readonly idle_ms: number;
}

/** The section `models`. Models are named `provider/model`. */
export interface ModelsConfig {
  /** The model where nothing else names one. */
  readonly default: string;
  /** Models of workspaces, by workspace. */
  readonly overrides: Named<string>;
  /** Models to try in turn when a model fails, by that model; `*` stands for any other. */
  readonly failover: { readonly [model: string]: readonly string[] };
  /**
   * How long a provider or a model that fails is left alone at most, in milliseconds: a second first,
   * then twice as long each time.
   */
  readonly cooldown_ms: number;
  /** What may be spent. */
  readonly budgets: BudgetsConfig;
  /** Prices that replace the built-in ones, by model. */
  readonly prices: { readonly [model: string]: PriceConfig };
  /** The model that makes embeddings; a local computation without a model when absent. */
  readonly embedding?: string | undefined;
}

/** The section `models.budgets`. What is absent is not limited. */
export interface BudgetsConfig {
  /** Tokens that one session may use. */
  readonly tokens_per_session?: number | undefined;
  /** US dollars that may be spent in an hour. */
  readonly usd_per_hour?: number | undefined;
  /** US dollars that may be spent in a day. */
  readonly usd_per_day?: number | undefined;
}

/** One of `models.prices`, in US dollars for a million tokens. */
export interface PriceConfig {
  /** Tokens read. */
  readonly input: number;
  /** Tokens written. */
  readonly output: number;
  /** Tokens read from the vendor's cache; as `input` when absent. */
  readonly cache_read?: number | undefined;
  /** Tokens written to the vendor's cache; as `input` when absent. */
  readonly cache_write?: number | undefined;
}

/** The section `sessions`. */
export interface SessionsConfig {
  /** What a model sees of a conversation, and what becomes of the rest. */
  readonly memory: SessionMemoryConfig;
}

/** The section `sessions.memory`. */
export interface SessionMemoryConfig {
  /** How many of the newest messages a model sees. */
  readonly active_window: number;
  /** How messages that left the window become summaries. */
  readonly compaction: CompactionConfig;
}

/** The section `sessions.memory.compaction`. */
export interface CompactionConfig {
  /** Whether messages are summarised at all. They stay searchable either way. */
  readonly enabled: boolean;
  /** How many messages leave the window at a time, at least, and become one summary. */
  readonly batch_size: number;
  /** The model that summarises; the workspace's when absent. */
  readonly summary_model?: string | undefined;
}

/** The section `security`. */
export interface SecurityConfig {
  /** How often a model may ask for tools in one turn. */
  readonly max_tool_rounds: number;
  /** The largest tool result that a model is shown, in bytes. */
  readonly max_tool_result_bytes: number;
  /** How plugins are held. */
  readonly sandbox: SandboxConfig;
}

/** The section `security.sandbox`. */
export interface SandboxConfig {
  /** Whether bubblewrap holds plugins as well: `auto` where the machine has it. */
  readonly bwrap: "auto" | "required" | "off";
  /** Memory that one plugin may use, in bytes. */
  readonly max_memory_bytes: number;
}

/** One of `workspaces`. */
export interface WorkspaceConfig {
  /** What it is for. */
  readonly description: string;
  /** The users who may use it, of `users`; every user when absent. */
  readonly members?: readonly string[] | undefined;
  /** The tools that may be used in it. */
  readonly tools: WorkspaceToolsConfig;
  /** Chats that belong to it. */
  readonly bindings: readonly BindingConfig[];
}

/** The section `tools` of a workspace. `deny` wins. */
export interface WorkspaceToolsConfig {
  /** Patterns of tools that may be used, such as `search.*`. */
  readonly allow: readonly string[];
  /** Patterns of tools that may not. */
  readonly deny: readonly string[];
}

/** One of the `bindings` of a workspace. */
export interface BindingConfig {
  /** The channel, of `channels`. */
  readonly channel: string;
  /** The chat on that channel; all of its chats when absent. */
  readonly chat?: string | undefined;
}

/** One of `users`. */
export interface UserConfig {
  /** What the person is called; their key when absent. */
  readonly name?: string | undefined;
  /** `admin` may do everything, `member` may talk, `guest` may talk without tools. */
  readonly role: "admin" | "member" | "guest";
  /** Who the person is on channels. */
  readonly identities: readonly IdentityConfig[];
}

/** One of the `identities` of a user. */
export interface IdentityConfig {
  /** The channel, of `channels`. */
  readonly channel: string;
  /** The name or number that the channel knows the person by. */
  readonly platform_id: string;
}

/** One of `plugins`. */
export interface PluginConfig {
  /** Whether it is started. */
  readonly enabled: boolean;
  /** The folder that holds its `plugin.yaml`; `plugins/<name>` in the data folder when absent. */
  readonly path?: string | undefined;
  /** What the plugin is told, in the form that its manifest asks for. */
  readonly config: ConfigObject;
}

/** How a stranger gets in: at once, when listed, when let in, with a code, or not at all. */
export type PairingMode =
  | "open"
  | "allowlist"
  | "pair_on_request"
  | "pair_with_code"
  | "closed";

/** One of `channels`. */
export interface ChannelConfig {
  /** Whether it is used. */
  readonly enabled: boolean;
  /** The plugin that brings it, of `plugins`; the one with the channel's own name when absent. */
  readonly plugin?: string | undefined;
  /** The workspace of chats that no binding names. */
  readonly workspace: string;
  /** How a stranger gets in. */
  readonly pairing: PairingMode;
  /** Who gets in with `pairing: allowlist`, by the channel's names or numbers for them. */
  readonly allowlist: readonly string[];
  /** Whether a person's sessions are shared with their other channels. */
  readonly session_mode: "per_channel" | "shared";
}

/**
 * A config as it is handed in: every key may be left out, and a secret may be a plain text.
 *
 * Nothing in it is trusted: it is checked like a file.
 */
export type ConfigInput = Input<Config>;

/** A part of a config as it is handed in. */
export type Input<T> = T extends Secret ? Secret | string
  : [T, ConfigObject] extends [ConfigObject, T] ? T
  : T extends readonly (infer Item)[] ? readonly Input<Item>[]
  : T extends object ? { readonly [Key in keyof T]?: Input<T[Key]> | undefined }
  : T;
