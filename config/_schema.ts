// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import type { Config } from "./config.ts";
import { Secret } from "./secret.ts";
import { parseListenAddress } from "./listen_address.ts";

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const MODEL = /^[a-z0-9][a-z0-9._-]{0,63}\/\S{1,200}$/;
const MODEL_OR_ANY = new RegExp(`^\\*$|${MODEL.source}`);
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?)(?::\d{1,5})?$/i;

/** The types of providers, which are also names that need no `type`. */
export const PROVIDER_TYPES = [
  "anthropic",
  "openai",
  "google",
  "openrouter",
  "ollama",
  "openai-compatible",
] as const;

const name = z.string().regex(
  NAME,
  "Expected a name of at most 64 lower-case letters, digits, dots, underscores and hyphens",
);
const model = z.string().regex(
  MODEL,
  "Expected provider/model, such as openai/gpt-4.1",
);
const line = z.string().min(1).max(1000);
const count = z.int().min(1);
const milliseconds = z.int().min(1).max(86_400_000);
const dollars = z.number().positive();
const price = z.number().min(0);

const secret = z.custom<Secret>((value) => value instanceof Secret, {
  error: "Expected text; put quotes around it",
  params: { code: "invalid_type" },
});
const headerSecret = secret.refine((value) => !/\p{Cc}/u.test(value.reveal()), {
  error: "Must have no line breaks or control characters",
  params: { code: "invalid_secret" },
});
const token = secret.refine((value) => !/[\s\p{Cc}]/u.test(value.reveal()), {
  error: "Must have no spaces or line breaks",
  params: { code: "invalid_secret" },
});

const auth = z.strictObject({
  token: token.optional().describe(
    "What clients must show. Without one the gateway makes its own at first start",
  ),
});

const limits = z.strictObject({
  max_body_bytes: count.default(10 * 1024 * 1024).describe("The largest request body, in bytes"),
  requests_per_minute: count.default(600).describe("Requests a minute for each identity"),
  concurrent_streams: count.default(16).describe("Streams open at once for each identity"),
});

const networking = z.strictObject({
  listen: z.string().refine((text) => parseListenAddress(text) !== undefined, {
    error: "Expected host:port, such as 127.0.0.1:18789 or [::1]:18789",
  }).default("127.0.0.1:18789").describe("host:port to listen on; port 0 takes a free one"),
  mode: z.enum(["local", "public"]).default("local").describe(
    "local also serves the names of this machine; public serves allowed_hosts alone",
  ),
  allowed_hosts: z.array(
    z.string().regex(HOST, "Expected a host, with or without a port, such as sigil.example:443"),
  ).default([]).describe("Names, with or without a port, that a request's Host header may have"),
  allowed_origins: z.array(
    z.string().refine(isOrigin, "Expected an origin, such as https://chat.example"),
  ).default([]).describe("Origins of web pages that may call"),
  limits: limits.prefault({}).describe("Limits on what one client may ask"),
});

const backend = z.enum(["sqlite", "inmem"]);
const override = z.strictObject({
  backend: backend.optional().describe("Another backend than storage.backend"),
});

const storage = z.strictObject({
  directory: line.default("./data").describe("The folder for all data, made when absent"),
  backend: backend.default("sqlite").describe("The backend of every store that names no other"),
  durability: z.enum(["normal", "full"]).default("normal").describe(
    "normal survives a crash of the program, full also a loss of power",
  ),
  session: override.prefault({}).describe("Sessions and their active windows"),
  memory: override.extend({
    knowledge: override.prefault({}).describe("Entities, relationships and facts"),
  }).prefault({}).describe("Searchable messages and summaries"),
  vector: z.strictObject({
    backend: z.enum(["sqlite", "inmem", "sqlite_vec"]).optional().describe(
      "Another backend than storage.backend",
    ),
  }).prefault({}).describe("Embeddings"),
  gateway: override.prefault({}).describe("Users, pairings and the audit log"),
});

const timeouts = z.strictObject({
  first_event_ms: milliseconds.default(120_000).describe(
    "For the first event of an answer, in milliseconds",
  ),
  idle_ms: milliseconds.default(120_000).describe(
    "For each further event of an answer, in milliseconds",
  ),
});

const provider = z.strictObject({
  type: z.enum(PROVIDER_TYPES).describe(
    "Whose format it speaks. May be left out where the provider's name is a type",
  ),
  enabled: z.boolean().default(true).describe("Whether it is used"),
  api_key: token.optional().describe("The vendor's key"),
  base_url: z.string().refine(isBaseUrl, {
    error: "Expected an http or https URL without user, password, query or fragment",
  }).optional().describe("Where it is, when not at the vendor's own address"),
  headers: z.record(
    z.string().regex(/^[A-Za-z0-9-]{1,64}$/, "Expected the name of a header"),
    headerSecret,
  ).default({}).describe("Further headers of each request"),
  models: z.array(line).default([]).describe(
    "Models to list, by the vendor's names; what the vendor lists when empty",
  ),
  timeouts: timeouts.prefault({}).describe("How long to wait"),
});

const models = z.strictObject({
  default: model.default("local/recall").describe("The model where nothing else names one"),
  overrides: z.record(name, model).default({}).describe("Models of workspaces, by workspace"),
  failover: z.record(
    z.string().regex(MODEL_OR_ANY, "Expected provider/model, or * for any other"),
    z.array(model),
  ).default({}).describe(
    "Models to try in turn when a model fails, by that model; * stands for any other",
  ),
  cooldown_ms: milliseconds.default(300_000).describe(
    "How long what fails is left alone at most, in milliseconds: a second first, then twice as long",
  ),
  budgets: z.strictObject({
    tokens_per_session: count.optional().describe("Tokens that one session may use"),
    usd_per_hour: dollars.optional().describe("US dollars that may be spent in an hour"),
    usd_per_day: dollars.optional().describe("US dollars that may be spent in a day"),
  }).prefault({}).describe("What may be spent. What is absent is not limited"),
  prices: z.record(
    model,
    z.strictObject({
      input: price.describe("Tokens read"),
      output: price.describe("Tokens written"),
      cache_read: price.optional().describe("Tokens read from the vendor's cache"),
      cache_write: price.optional().describe("Tokens written to the vendor's cache"),
    }),
  ).default({}).describe(
    "Prices that replace the built-in ones, by model, in US dollars for a million tokens",
  ),
  embedding: model.optional().describe("The model that makes embeddings"),
});

const compaction = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether messages are summarised at all"),
  batch_size: count.max(10_000).default(10).describe(
    "How many messages leave the window at a time, at least, and become one summary",
  ),
  summary_model: model.optional().describe(
    "The model that summarises; the workspace's when absent",
  ),
});

const sessions = z.strictObject({
  memory: z.strictObject({
    active_window: count.max(10_000).default(20).describe(
      "How many of the newest messages a model sees",
    ),
    compaction: compaction.prefault({}).describe(
      "How messages that left the window become summaries",
    ),
  }).prefault({}).describe("What a model sees of a conversation, and what becomes of the rest"),
});

const security = z.strictObject({
  max_tool_rounds: count.max(100).default(5).describe(
    "How often a model may ask for tools in one turn",
  ),
  max_tool_result_bytes: count.default(32 * 1024).describe(
    "The largest tool result that a model is shown, in bytes",
  ),
  sandbox: z.strictObject({
    bwrap: z.enum(["auto", "required", "off"]).default("auto").describe(
      "Whether bubblewrap holds plugins as well: auto where the machine has it",
    ),
    max_memory_bytes: z.int().min(64 * 1024 * 1024).default(512 * 1024 * 1024).describe(
      "Memory that one plugin may use, in bytes",
    ),
  }).prefault({}).describe("How plugins are held"),
});

const workspace = z.strictObject({
  description: z.string().default("").describe("What it is for"),
  members: z.array(name).optional().describe("The users who may use it; every user when absent"),
  tools: z.strictObject({
    allow: z.array(line).default(["*"]).describe("Patterns of tools that may be used"),
    deny: z.array(line).default([]).describe("Patterns of tools that may not; they win"),
  }).prefault({}).describe("The tools that may be used in it"),
  bindings: z.array(z.strictObject({
    channel: name.describe("The channel, of channels"),
    chat: line.optional().describe("The chat on that channel; all of its chats when absent"),
  })).default([]).describe("Chats that belong to it"),
});

const user = z.strictObject({
  name: line.optional().describe("What the person is called; their key when absent"),
  role: z.enum(["admin", "member", "guest"]).default("member").describe(
    "admin may do everything, member may talk, guest may talk without tools",
  ),
  identities: z.array(z.strictObject({
    channel: name.describe("The channel, of channels"),
    platform_id: line.describe("The name or number that the channel knows the person by"),
  })).default([]).describe("Who the person is on channels"),
});

const plugin = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether it is started"),
  path: line.optional().describe(
    "The folder that holds its plugin.yaml; plugins/<name> in the data folder when absent",
  ),
  config: z.record(z.string(), z.any()).default({}).describe(
    "What the plugin is told, in the form that its manifest asks for",
  ),
});

const channel = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether it is used"),
  plugin: name.optional().describe(
    "The plugin that brings it; the one with the channel's own name when absent",
  ),
  workspace: name.default("default").describe("The workspace of chats that no binding names"),
  pairing: z.enum(["open", "allowlist", "pair_on_request", "pair_with_code", "closed"])
    .default("pair_with_code").describe("How a stranger gets in"),
  allowlist: z.array(line).default([]).describe(
    "Who gets in with pairing: allowlist, by the channel's names or numbers for them",
  ),
  session_mode: z.enum(["per_channel", "shared"]).default("per_channel").describe(
    "Whether a person's sessions are shared with their other channels",
  ),
});

/** What a config looks like. Secrets are {@linkcode Secret}s already. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  auth: auth.prefault({}).describe("Who may come in"),
  networking: networking.prefault({}).describe("Where the gateway listens, and to whom"),
  storage: storage.prefault({}).describe("Where everything is kept"),
  providers: z.record(name, provider).default({}).describe("Sources of models, by name"),
  models: models.prefault({}).describe("Which models are used, and what they may cost"),
  sessions: sessions.prefault({}).describe("How conversations are kept"),
  security: security.prefault({}).describe("What is guarded against"),
  workspaces: z.record(name, workspace).default({}).describe(
    "Rooms with their own memory, members and tools, by name. default is always there",
  ),
  users: z.record(name, user).default({}).describe("People, by name"),
  plugins: z.record(name, plugin).default({}).describe("Plugins, by name"),
  channels: z.record(name, channel).default({}).describe(
    "Ways that people reach the gateway, by name",
  ),
});

function isOrigin(text: string): boolean {
  return URL.parse(text)?.origin === text;
}

function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return false;
  return !url.username && !url.password && !url.search && !url.hash;
}
