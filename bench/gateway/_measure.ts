// SPDX-License-Identifier: Apache-2.0

import type { LoadJob, LoadResult, SessionPlan } from "./_load.ts";
import type { GatewayProcess } from "./_processes.ts";
import { cpuOf } from "./_process_usage.ts";

/** How much is measured. */
export interface Effort {
  /** How often every case is measured on every subject. */
  readonly rounds: number;
  /** How long each of them asks before it counts, in milliseconds. */
  readonly warmUpMs: number;
  /** How long each of them counts, in milliseconds. */
  readonly measureMs: number;
  /** How often each gateway is started. */
  readonly starts: number;
  /** How many sessions are held to see how memory grows. */
  readonly sessions: number;
}

/** How many connections ask at once. */
export const CONNECTIONS = 16;

/** How many turns a session has. */
export const TURNS = 20;

/** What is asked of a gateway. */
export interface Case {
  /** How it is called. */
  readonly name: "plain" | "stream" | "agent";
  /** Whether answers are streamed. */
  readonly stream: boolean;
  /** Whether Sigil's agent answers, while the peer still passes through. */
  readonly isAgent: boolean;
}

/** Everything that is asked. */
export const CASES: readonly Case[] = [
  { name: "plain", stream: false, isAgent: false },
  { name: "stream", stream: true, isAgent: false },
  { name: "agent", stream: false, isAgent: true },
];

/** What one gateway did in one round of a case. */
export interface Sample extends LoadResult {
  /** What the gateway's process took for one request, in microseconds of a core. */
  readonly cpuMicros: number;
}

/** One round of a case: what each subject did, one right after the other. */
export interface Round {
  readonly case: Case["name"];
  readonly sigil: Sample;
  /** What Sigil promises, written by hand. */
  readonly byHand: Sample;
  readonly peer: Sample;
  /** The backend without a gateway: the most that could be measured. */
  readonly backend: LoadResult;
}

/** The subjects of the measurement, all of them on the same backend. */
export interface Subjects {
  readonly sigil: GatewayProcess;
  readonly byHand: GatewayProcess;
  readonly peer: GatewayProcess;
  readonly backendPort: number;
}

/** Measures a case once on each subject; who is first takes turns. */
export async function measureRound(
  { sigil, byHand, peer, backendPort }: Subjects,
  asked: Case,
  number: number,
  { warmUpMs, measureMs }: Effort,
): Promise<Round> {
  const common = {
    connections: CONNECTIONS,
    stream: asked.stream,
    time: { warmUpMs, measureMs },
  };
  const plan = { prefix: `round-${number}`, turns: TURNS };
  const ask = async (gateway: GatewayProcess): Promise<Sample> =>
    asked.isAgent
      ? await sample(gateway, { ...common, model: "sigil", sessions: plan })
      : await sample(gateway, { ...common, model: gateway.model });
  const askPeer = () => sample(peer, { ...common, model: peer.model });
  const samples = number % 2 === 0
    ? { sigil: await ask(sigil), peer: await askPeer(), byHand: await ask(byHand) }
    : { byHand: await ask(byHand), peer: await askPeer(), sigil: await ask(sigil) };
  const backend = await load({
    ...common,
    model: peer.model,
    port: backendPort,
    headers: {},
  });
  return { case: asked.name, ...samples, backend };
}

/** Holds sessions with the agent from the first turn of each to its last. */
export async function holdSessions(
  { port, headers }: GatewayProcess,
  sessions: Required<SessionPlan>,
): Promise<LoadResult> {
  return await load({
    port,
    headers,
    model: "sigil",
    stream: false,
    connections: CONNECTIONS,
    sessions,
  });
}

async function sample(
  { pid, port, headers }: GatewayProcess,
  job: Omit<LoadJob, "port" | "headers">,
): Promise<Sample> {
  const before = await cpuOf(pid);
  const result = await load({ ...job, port, headers });
  return {
    ...result,
    cpuMicros: (await cpuOf(pid) - before) / result.answered,
  };
}

/** Runs a load generator in a process of its own. */
async function load(job: LoadJob): Promise<LoadResult> {
  const script = new URL("_load.ts", import.meta.url).pathname;
  const args = [
    "run",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--allow-net",
    script,
  ];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [...args, JSON.stringify(job)],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("The load generator failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
