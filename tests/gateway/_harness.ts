// SPDX-License-Identifier: Apache-2.0

import {
  openGatewayStore,
  openKnowledgeStore,
  openMemoryStore,
  openSessionStore,
} from "@sigil/store/inmem";
import type { GatewayStore } from "@sigil/store";
import { createApp } from "../../gateway/app.ts";
import { type Clock, systemClock } from "../../gateway/clock.ts";
import type { Limits } from "../../gateway/limits.ts";
import type { Logger } from "../../gateway/logger.ts";
import { serve, type Server } from "../../gateway/serve.ts";
import type { GatewayParts, ShownStores, WorkspaceView } from "../../gateway/services.ts";
import {
  type ChatScript,
  says,
  ScriptedAgent,
  ScriptedProvider,
  SingleRouter,
  turnSays,
} from "./_scripted.ts";

/** The token of every gateway in these tests. */
export const TOKEN = "sigil_test_0123456789abcdef";

/** What differs from a gateway as it usually is in these tests. */
export interface HarnessOptions {
  readonly scripts?: Readonly<Record<string, ChatScript>>;
  readonly limits?: Partial<Limits>;
  readonly clock?: Clock;
  readonly workspaces?: readonly WorkspaceView[];
  readonly parts?: Partial<GatewayParts>;
}

/** A gateway that listens, and what it was put together from. */
export interface Harness extends AsyncDisposable {
  readonly url: string;
  readonly agent: ScriptedAgent;
  readonly provider: ScriptedProvider;
  readonly store: GatewayStore;
  readonly server: Server;
  readonly logged: readonly LogLine[];
  openWorkspace(id: string): Promise<ShownStores>;
  /** Asks with the token, unless the headers say otherwise. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Posts JSON with the token. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
}

/** A line of a log. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Record<string, unknown> | undefined;
}

const WORKSPACES: readonly WorkspaceView[] = [
  { id: "default", description: "Everyday matters", model: "" },
  { id: "lab", description: "For one", members: ["ada"], model: "scripted/echo" },
];

/** Starts a gateway on a free port. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { clock = systemClock, workspaces = WORKSPACES } = options;
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openGatewayStore());
  const opened = new Map<string, ShownStores>();
  const openWorkspace = async (id: string): Promise<ShownStores> => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const stores = {
      sessions: await openSessionStore(),
      memory: await openMemoryStore(await openKnowledgeStore()),
    };
    opened.set(id, stores);
    return stores;
  };
  stack.defer(async () => {
    for (const { sessions, memory } of opened.values()) {
      await sessions.close();
      await memory.close();
    }
  });
  const provider = new ScriptedProvider(options.scripts ?? { echo: says("Hel", "lo") });
  const agent = new ScriptedAgent(turnSays("Good ", "day"));
  const logged: LogLine[] = [];
  const app = createApp({
    agent,
    router: new SingleRouter(provider),
    gatewayStore: store,
    openWorkspace,
    view: () => ({ defaultWorkspaceId: "default", workspaces, redacted: { auth: "(hidden)" } }),
    token: TOKEN,
    clock,
    logger: logTo(logged),
    ...(options.limits && { limits: options.limits }),
    ...options.parts,
  });
  const server = stack.use(serve(app, { hostname: "127.0.0.1", port: 0 }, clock));
  const owned = stack.move();
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${TOKEN}`);
    return fetch(server.url + path, { ...init, headers });
  };
  return {
    url: server.url,
    agent,
    provider,
    store,
    server,
    logged,
    openWorkspace,
    fetch: ask,
    post: (path, body, init) => ask(path, { method: "POST", ...init, body: JSON.stringify(body) }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function logTo(lines: LogLine[]): Logger {
  const at = (level: keyof Logger) => (message: string, fields?: Record<string, unknown>) => {
    lines.push({ level, message, fields });
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** One server-sent event. */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: string;
}

/** Reads server-sent events as they come; leaves comments out. */
export async function* readEvents(
  response: Response,
): AsyncGenerator<ServerSentEvent, void, void> {
  let rest = "";
  for await (const text of (response.body ?? empty()).pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const event = parseFrame(frame);
      if (event !== undefined) yield event;
    }
  }
}

function empty(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

function parseFrame(frame: string): ServerSentEvent | undefined {
  const fields = new Map(
    frame.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const data = fields.get("data");
  return data === undefined ? undefined : { id: fields.get("id"), type: fields.get("event"), data };
}
