// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";

/** A moment, as of ISO 8601. */
export const moment = z.iso.datetime({ offset: true });

/** An id, as a client may send one. */
export const id = z.string().min(1).max(256).regex(
  // deno-lint-ignore no-control-regex -- control characters are what it is about
  /^[^\u0000-\u001f\u007f]+$/,
  "Expected no control characters",
);

/** How many, from a query. */
export const limit = z.coerce.number("Expected a number").int().min(1).max(10_000).optional();

/** Which part of a list, from a query. */
export const page = { limit, offset: z.coerce.number("Expected a number").int().min(0).optional() };

/** Whatever belongs to something. */
export const jsonObject = z.record(z.string(), z.unknown());

const count = z.int().min(0);

/** A page of a list. */
export function listOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item> }> {
  return z.object({ items: z.array(item) });
}

/** An error, as of RFC 9457. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string().meta({ description: "A stable word to switch on" }),
  detail: z.string(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  nextStep: z.string().optional().meta({ description: "What a person can do about it" }),
}).meta({ id: "Problem" });

/** How a provider is. */
export const providerStatus = z.object({
  provider: z.string(),
  available: z.boolean(),
  message: z.string(),
}).meta({ id: "ProviderStatus" });

/** How the gateway is. */
export const status = z.object({
  version: z.string(),
  startedAt: moment,
  uptimeSeconds: z.number(),
  answersUnderWay: count,
  rssBytes: count,
  defaultWorkspace: z.string(),
  providers: z.array(providerStatus),
}).meta({ id: "Status" });

/** A workspace. */
export const workspace = z.object({
  id: z.string(),
  description: z.string(),
  members: z.array(z.string()).optional().meta({ description: "Everybody when absent" }),
  model: z.string(),
}).meta({ id: "Workspace" });

/** A session. */
export const session = z.object({
  id: z.string(),
  workspaceId: z.string(),
  userId: z.string(),
  summary: z.string(),
  lastCompaction: moment.nullable(),
  modelOverride: z.string(),
  toolBudget: z.object({ maxCallsPerTurn: count, maxCallsPerSession: count, used: count }),
  tokenBudget: z.object({
    maxPerSession: count,
    maxPerHour: count,
    maxPerDay: count,
    usedSession: count,
    usedHour: count,
    usedDay: count,
  }),
  status: z.enum(["active", "paused", "archived"]),
  createdAt: moment,
  updatedAt: moment,
}).meta({ id: "Session" });

/** A message. */
export const message = z.object({
  id: z.string(),
  sessionId: z.string(),
  role: z.enum(["user", "assistant", "system", "tool"]),
  content: z.string(),
  toolCallId: z.string(),
  toolName: z.string(),
  createdAt: moment,
  metadata: z.record(z.string(), z.string()),
}).meta({ id: "Message" });

/** A message found. */
export const messageHit = message.extend({ score: z.number() }).meta({ id: "MessageHit" });

/** A session with everything that was said in it. */
export const sessionExport = z.object({
  session,
  messages: z.array(message),
}).meta({ id: "SessionExport" });

/** An entity. */
export const entity = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  properties: jsonObject,
  createdAt: moment,
  updatedAt: moment,
}).meta({ id: "Entity" });

/** A relationship. */
export const relationship = z.object({
  id: z.string(),
  fromId: z.string(),
  toId: z.string(),
  type: z.string(),
  metadata: jsonObject,
}).meta({ id: "Relationship" });

/** A fact. */
export const fact = z.object({
  id: z.string(),
  entityId: z.string(),
  predicate: z.string(),
  value: z.string(),
  confidence: z.number(),
  source: z.string(),
  provenance: z.enum(["user", "agent", "tool", "untrusted"]),
  createdAt: moment,
  validAt: moment.nullable(),
  invalidAt: moment.nullable(),
}).meta({ id: "Fact" });

/** Entities and the relationships between them. */
export const graph = z.object({
  entities: z.array(entity),
  relationships: z.array(relationship),
}).meta({ id: "Graph" });

const userIdentity = z.object({ channel: id, platformId: id });

/** A user. */
export const user = z.object({
  id: z.string(),
  name: z.string(),
  role: z.string(),
  identities: z.array(userIdentity),
  hasToken: z.boolean(),
  createdAt: moment,
  updatedAt: moment,
}).meta({ id: "User" });

const role = z.enum(["admin", "member", "guest"]);

/** A user to be added. */
export const newUser = z.object({
  id: id.optional(),
  name: z.string().min(1).max(256),
  role: role.optional(),
  identities: z.array(userIdentity).max(100).optional(),
}).strict().meta({ id: "NewUser" });

/** What shall change of a user. */
export const userChange = newUser.omit({ id: true }).partial().meta({ id: "UserChange" });

/** A token that was made for a user: it is shown this once. */
export const userToken = z.object({ token: z.string() }).meta({ id: "UserToken" });

/** A pairing. */
export const pairing = z.object({
  id: z.string(),
  userId: z.string(),
  channelType: z.string(),
  channelId: z.string(),
  workspaceId: z.string(),
  status: z.enum(["active", "pending", "denied"]),
  createdAt: moment,
}).meta({ id: "Pairing" });

/** A pairing to be added. */
export const newPairing = z.object({
  channelType: id,
  channelId: id,
  workspaceId: id.optional(),
  status: z.enum(["active", "pending", "denied"]).optional(),
}).strict().meta({ id: "NewPairing" });

/** What shall change of a pairing. */
export const pairingChange = newPairing.pick({ workspaceId: true, status: true }).meta({
  id: "PairingChange",
});

/** An entry of the audit log. */
export const auditEntry = z.object({
  id: z.string(),
  timestamp: moment,
  action: z.string(),
  actor: z.string(),
  plugin: z.string(),
  workspaceId: z.string(),
  sessionId: z.string(),
  details: jsonObject,
  result: z.string(),
}).meta({ id: "AuditEntry" });

/** Whether the audit log is as it was written. */
export const auditVerification = z.object({
  status: z.enum(["intact", "broken"]),
  entries: count,
  brokenId: z.string().optional(),
}).meta({ id: "AuditVerification" });

/** A plugin. */
export const plugin = z.object({
  name: z.string(),
  version: z.string(),
  type: z.string(),
  state: z.string(),
  enabled: z.boolean(),
  directory: z.string(),
  capabilities: z.array(z.string()),
  asks: z.array(z.string()).meta({ description: "What it asks for, in sentences" }),
  tools: z.array(z.string()),
  hash: z.string(),
  crashes: count,
  message: z.string().meta({ description: "Why it does not run; empty when all is well" }),
  isFolderGone: z.boolean().meta({
    description: "Whether it is enabled and its folder is not there",
  }),
}).meta({ id: "Plugin" });

/** What the files of a plugin ask for. */
export const pluginFiles = z.object({
  hash: z.string(),
  asks: z.array(z.string()).meta({ description: "What they ask for, in sentences" }),
  isApproved: z.boolean().meta({ description: "Whether somebody approved that they are run" }),
}).meta({ id: "PluginFiles" });

/** What was shown to whoever enables a plugin. */
export const pluginApproval = z.object({
  hash: z.string().optional().meta({ description: "The hash of the files that were shown" }),
}).strict().meta({ id: "PluginApproval" });

/** A line of a plugin's log. */
export const pluginLogLine = z.object({
  time: moment,
  source: z.enum(["plugin", "manager"]),
  text: z.string(),
}).meta({ id: "PluginLogLine" });

/** Who is to be let in. */
export const newPairingCode = z.object({ userId: id.optional() }).strict().meta({
  id: "NewPairingCode",
});

/** A code that lets somebody in: it is shown this once. */
export const pairingCode = z.object({ code: z.string(), expiresAt: moment }).meta({
  id: "PairingCode",
});

/** What is said to the agent. */
export const chatRequest = z.object({
  content: z.string().min(1).max(4_000_000).regex(/\S/, "Expected words"),
  workspace: id.optional(),
  session: id.optional(),
  model: z.string().min(1).max(512).optional(),
  metadata: z.record(z.string().max(128), z.string().max(4_096)).optional(),
}).strict().meta({ id: "ChatRequest" });

const tokens = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
});

/** One event of a turn, the `data` of a server-sent event. */
export const turnEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("started"),
    sessionId: z.string(),
    messageId: z.string(),
    model: z.string(),
  }),
  z.object({ type: z.literal("text_delta"), text: z.string() }),
  z.object({
    type: z.literal("tool_call"),
    id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({
    type: z.literal("tool_result"),
    id: z.string(),
    name: z.string(),
    content: z.string(),
    isError: z.boolean(),
  }),
  z.object({ type: z.literal("usage"), usage: tokens }),
  z.object({ type: z.literal("done"), messageId: z.string(), content: z.string() }),
  z.object({
    type: z.literal("error"),
    code: z.string(),
    message: z.string(),
    retryAfterMs: z.number().optional(),
  }),
]).meta({ id: "TurnEvent" });
