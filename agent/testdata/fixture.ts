// SPDX-License-Identifier: Apache-2.0

import {
  type Agent,
  type AgentOptions,
  memoryTools,
  openAgent,
  type TurnEvent,
  type TurnOptions,
  type TurnRequest,
} from "../mod.ts";
import type { Tool, ToolChunk, ToolContext } from "@sigil/plugin";
import {
  type AuditEntry,
  type GatewayStore,
  type Message,
  StoreError,
  type WorkspaceStores,
} from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { openInmemStores } from "./open_stores.ts";
import { type Answer, ScriptedProvider, SoleRouter } from "./scripted_provider.ts";

/** When the fixture's clock begins. */
export const START = new Date("2026-05-03T10:00:00.000Z");

/** What a test may change of the agent. */
export type FixtureOptions = Partial<Omit<AgentOptions, "router">> & {
  readonly stores?: WorkspaceStores;
};

/** An agent over real stores and a scripted provider, in the workspaces `home` and `work`. */
export interface Fixture extends AsyncDisposable {
  readonly agent: Agent;
  readonly provider: ScriptedProvider;
  /** The stores of `home`. */
  readonly stores: WorkspaceStores;
  readonly gateway: GatewayStore;
  /** Runs a turn of user `ann` in session `s1` of `home` to its end. */
  say(content: string, more?: Partial<TurnRequest>, options?: TurnOptions): Promise<TurnEvent[]>;
  /** Gives the messages of a session of `home`. */
  messages(sessionId?: string): Promise<readonly Message[]>;
  /** Gives what was recorded, oldest first. */
  audit(): Promise<readonly AuditEntry[]>;
}

export async function openFixture(
  answers: readonly Answer[],
  options: FixtureOptions = {},
): Promise<Fixture> {
  const provider = new ScriptedProvider(answers);
  const gateway = await openGatewayStore();
  const home = options.stores ?? await openInmemStores();
  const work = await openInmemStores();
  const opened = new Map([["home", home], ["work", work]]);
  const agent = openAgent({
    openWorkspace: (workspaceId) => openKnown(opened, workspaceId),
    audit: gateway.auditLog,
    now: tickingClock(),
    newId: counter(),
    ...options,
    router: new SoleRouter(provider),
  });
  return {
    agent,
    provider,
    stores: home,
    gateway,
    say: (content, more, turnOptions) =>
      Array.fromAsync(agent.turn({ ...SPEAKER, content, ...more }, turnOptions)),
    messages: (sessionId = "s1") => home.sessions.getActiveWindow(sessionId, 10_000),
    audit: async () => (await gateway.auditLog.query({ limit: 10_000 })).toReversed(),
    async [Symbol.asyncDispose]() {
      await agent.close();
      await Promise.all([home.close(), work.close(), gateway.close()]);
    },
  };
}

/** Who speaks in the tests unless they say otherwise. */
export const SPEAKER = { workspaceId: "home", userId: "ann", sessionId: "s1" };

/** The memory tools over the one workspace. */
export function memoryToolsOf(stores: WorkspaceStores): readonly Tool[] {
  return memoryTools({ openWorkspace: () => Promise.resolve(stores) });
}

/** A tool that takes anything and runs a function. */
export function tool(
  name: string,
  run: (input: Readonly<Record<string, unknown>>, context: ToolContext) => AsyncIterable<ToolChunk>,
  more: Partial<Tool> = {},
): Tool {
  return {
    definition: { name, description: name, inputSchema: { type: "object" } },
    capability: `test.${name}`,
    plugin: "",
    execute: run,
    ...more,
  };
}

/** A tool that gives a text. */
export function textTool(name: string, text: string, more: Partial<Tool> = {}): Tool {
  return tool(name, async function* () {
    yield { type: "text", text };
  }, more);
}

/** A clock that goes on by a second each time it is asked. */
export function tickingClock(start: Date = START): () => Date {
  let ticks = 0;
  return () => new Date(start.getTime() + 1000 * ticks++);
}

/** What an event is, in a word, for comparing orders. */
export function types(events: readonly TurnEvent[]): string[] {
  return events.map(({ type }) => type);
}

/** The last event, which must be of that type. */
export function last<T extends TurnEvent["type"]>(
  events: readonly TurnEvent[],
  type: T,
): Extract<TurnEvent, { readonly type: T }> {
  const event = events.at(-1);
  if (!isOf(event, type)) throw new TypeError(`Not ${type} but ${Deno.inspect(event)}`);
  return event;
}

/** The messages as `role: content`. */
export function spoken(messages: readonly Pick<Message, "role" | "content">[]): string[] {
  return messages.map(({ role, content }) => `${role}: ${content}`);
}

function isOf<T extends TurnEvent["type"]>(
  event: TurnEvent | undefined,
  type: T,
): event is Extract<TurnEvent, { readonly type: T }> {
  return event?.type === type;
}

function openKnown(
  opened: ReadonlyMap<string, WorkspaceStores>,
  workspaceId: string,
): Promise<WorkspaceStores> {
  const stores = opened.get(workspaceId);
  if (stores !== undefined) return Promise.resolve(stores);
  return Promise.reject(new StoreError("not_found", `Cannot open workspace "${workspaceId}"`));
}

function counter(): () => string {
  let made = 0;
  return () => `id-${String(++made).padStart(6, "0")}`;
}
