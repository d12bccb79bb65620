// SPDX-License-Identifier: Apache-2.0

import type { Message, Session } from "@sigil/store";
import { z } from "zod";
import { GatewayError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { jsonRoute, type Route } from "../route.ts";
import type { Services, ShownStores } from "../services.ts";
import { openStores } from "../workspace_access.ts";
import { limit, listOf, message, page, session, sessionExport } from "./schemas.ts";
import { toWire } from "./wire.ts";

const PAGE = 10_000;
const COMMON = { tag: "Sessions", access: "member" } as const;
const SESSIONS = "/api/v1/workspaces/{workspace}/sessions";
const SESSION = `${SESSIONS}/{session}`;
const inWorkspace = z.object({ workspace: z.string() });
const inSession = z.object({ workspace: z.string(), session: z.string() });

type SessionParams = z.output<typeof inSession>;

/** The routes of sessions and what was said in them. */
export function sessionRoutes(services: Services): readonly Route[] {
  return [
    listSessions(services),
    getSession(services),
    deleteSession(services),
    listMessages(services),
    exportSession(services),
  ];
}

function listSessions(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: SESSIONS,
    id: "listSessions",
    summary: "Lists sessions, the most recently used first: an admin sees everybody's",
    params: inWorkspace,
    query: z.object(page),
    result: listOf(session),
  }, async ({ params, query, identity, request }) => {
    const { sessions } = await openStores(services, identity, params.workspace);
    const options = { ...query, signal: request.signal };
    const found = identity.role === "admin"
      ? await sessions.listSessions(params.workspace, options)
      : await listOwn(sessions, params.workspace, identity, options);
    return { items: toWire(found) };
  });
}

function getSession(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: SESSION,
    id: "getSession",
    summary: "Gives one session",
    params: inSession,
    result: session,
  }, async ({ params, identity }) => toWire((await open(services, identity, params)).session));
}

function deleteSession(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "delete",
    path: SESSION,
    id: "deleteSession",
    summary: "Removes a session and its messages; the memory of the workspace stays",
    params: inSession,
  }, async ({ params, identity }) => {
    const { stores } = await open(services, identity, params);
    const deleted = { workspaceId: params.workspace, sessionId: params.session };
    const actor = identity.userId;
    await services.recorder.record({ action: "session.delete", actor, ...deleted, result: "ok" });
    await stores.sessions.deleteSession(params.session);
    services.onSessionDeleted?.(deleted);
  });
}

function listMessages(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: `${SESSION}/messages`,
    id: "listSessionMessages",
    summary: "Gives the newest messages of a session, oldest first",
    params: inSession,
    query: z.object({ limit }),
    result: listOf(message),
  }, async ({ params, query, identity }) => {
    const { stores } = await open(services, identity, params);
    const window = await stores.sessions.getActiveWindow(params.session, query.limit ?? 100);
    return { items: toWire(window) };
  });
}

function exportSession(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: `${SESSION}/export`,
    id: "exportSession",
    summary: "Gives a session with everything that was said in it, what was rolled into memory too",
    params: inSession,
    result: sessionExport,
  }, async ({ params, identity }) => {
    const { stores, session } = await open(services, identity, params);
    const messages = await readAll(stores, session, services.clock.now());
    return { session: toWire(session), messages: toWire(messages) };
  });
}

/** Opens a session, and the stores that it is in, to who it belongs to or an admin. */
async function open(
  services: Services,
  identity: Identity,
  { workspace, session: id }: SessionParams,
): Promise<{ readonly stores: ShownStores; readonly session: Session }> {
  const stores = await openStores(services, identity, workspace);
  const session = await stores.sessions.getSession(id);
  const isOwn = session.userId === identity.userId || identity.role === "admin";
  if (isOwn && session.workspaceId === workspace) return { stores, session };
  const message = `Cannot use session "${id}": it belongs to another user or workspace`;
  throw new GatewayError("forbidden", message);
}

interface PageOptions {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly signal: AbortSignal;
}

/** The sessions of one user, found by walking over all: the store knows no order by user. */
async function listOwn(
  sessions: ShownStores["sessions"],
  workspaceId: string,
  { userId }: Identity,
  { limit = 100, offset = 0, signal }: PageOptions,
): Promise<readonly Session[]> {
  const own: Session[] = [];
  for (let start = 0; own.length < offset + limit; start += PAGE) {
    const some = await sessions.listSessions(workspaceId, { limit: PAGE, offset: start, signal });
    own.push(...some.filter((session) => session.userId === userId));
    if (some.length < PAGE) break;
  }
  return own.slice(offset, offset + limit);
}

/** Every message of a session: those rolled into memory, then those still in the window. */
async function readAll(
  { memory, sessions }: ShownStores,
  { id, workspaceId, createdAt }: Session,
  now: Date,
): Promise<readonly Message[]> {
  const found = new Map<string, Message>();
  const range = { from: createdAt, to: new Date(now.getTime() + 1) };
  for (let offset = 0;; offset += PAGE) {
    const some = await memory.messages.getRange(workspaceId, range, { limit: PAGE, offset });
    for (const message of some) if (message.sessionId === id) found.set(message.id, message);
    if (some.length < PAGE) break;
  }
  for (const message of await sessions.getActiveWindow(id, PAGE)) found.set(message.id, message);
  return [...found.values()];
}
