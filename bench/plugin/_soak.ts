// SPDX-License-Identifier: Apache-2.0

import type { PluginProcess } from "../../plugin/process/mod.ts";
import { rssMb } from "./_process_memory.ts";
import { spawnEcho } from "./_spawn_echo.ts";

const CALLS = 1_000_000;
const STREAMS = 100_000;
const IN_FLIGHT = 64;
const STEPS = 20;

/** Nothing for so long is a stall. */
const STALL_MS = 20_000;

/** How many times the memory after half of a load may be in use at its end: the heap grows at first. */
const MAX_GROWTH = 1.5;

/** How much is done at once before the next figures are told. */
interface Phase {
  readonly name: string;
  readonly count: number;
  readonly run: (plugin: PluginProcess, number: number) => Promise<void>;
}

/** Memory in use, in megabytes. */
interface Memory {
  readonly host: number;
  readonly plugin: number;
}

/**
 * Makes calls and streams in one process without a pause, `scale` times as many as the whole soak
 * has, and tells how memory goes.
 *
 * @throws {Error} At a stall, a wrong answer, a stream that is left over, or memory that grows.
 */
export async function soak(
  folder: string,
  scale: number,
  tell: (text: string) => void,
): Promise<void> {
  const plugin = await spawnEcho({
    denoDirectory: `${folder}/deno`,
    layers: [],
  });
  const phases: readonly Phase[] = [
    { name: "calls", count: CALLS * scale / 2, run: call },
    { name: "streams", count: STREAMS * scale, run: stream },
    { name: "calls", count: CALLS * scale / 2, run: call },
  ];
  try {
    for (const phase of phases) {
      checkGrowth(phase, await runPhase(plugin, phase, tell));
    }
    await checkLeftOver(plugin);
    const { code, error } = await plugin.stop();
    if (code !== 0 || error !== undefined) {
      throw new Error(`It ended with code ${code}`);
    }
  } finally {
    plugin.kill();
  }
  tell("No stall, no stream left over, no growth; it stopped as asked.");
}

async function runPhase(
  plugin: PluginProcess,
  { name, count, run }: Phase,
  tell: (text: string) => void,
): Promise<readonly Memory[]> {
  const memory: Memory[] = [];
  const part = Math.ceil(count / STEPS);
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    await runPart(step * part, part, (number) => run(plugin, number));
    const perSecond = part / ((performance.now() - start) / 1000);
    const now = {
      host: await rssMb(Deno.pid),
      plugin: await rssMb(plugin.pid),
    };
    memory.push(now);
    const done = `${(step + 1) * part} ${name}, ${Math.round(perSecond)}/s`;
    tell(
      `${done}: host ${now.host.toFixed(0)} MB, plugin ${now.plugin.toFixed(0)} MB`,
    );
  }
  return memory;
}

/** Runs so many, as many at once as may be in flight, and fails when none of them ends for long. */
async function runPart(
  first: number,
  count: number,
  run: (number: number) => Promise<void>,
): Promise<void> {
  let next = first;
  let ended = 0;
  const lane = async () => {
    while (next < first + count) {
      await run(next++);
      ended++;
    }
  };
  const stall = Promise.withResolvers<never>();
  let before = -1;
  const watch = setInterval(() => {
    if (ended === before) {
      stall.reject(new Error(`A stall: ${ended} of ${count} ended`));
    }
    before = ended;
  }, STALL_MS);
  try {
    const lanes = Array.from({ length: Math.min(IN_FLIGHT, count) }, lane);
    await Promise.race([Promise.all(lanes), stall.promise]);
  } finally {
    clearInterval(watch);
  }
}

async function call(plugin: PluginProcess, number: number): Promise<void> {
  const text = await ask(plugin, "echo", { text: `call ${number}` });
  if (text !== `call ${number}`) {
    throw new Error(`A wrong answer to call ${number}: ${text}`);
  }
}

/** One third each is read to its end, broken off by its reader, and aborted. */
async function stream(plugin: PluginProcess, number: number): Promise<void> {
  const bytes = number % 50 === 0 ? 64 * 1024 : 50;
  if (number % 3 === 0) return await readAll(plugin, bytes);
  if (number % 3 === 1) return await breakOff(plugin, bytes);
  await abort(plugin, bytes);
}

async function readAll(plugin: PluginProcess, bytes: number): Promise<void> {
  const text = await ask(plugin, "stream", { chunks: 20, bytes });
  if (text.length !== 20 * bytes) {
    throw new Error(`${text.length} bytes of a stream came`);
  }
}

async function breakOff(plugin: PluginProcess, bytes: number): Promise<void> {
  for await (const chunk of chunks(plugin, bytes)) {
    if (chunk.type === "text") return;
  }
  throw new Error("A stream came without a chunk");
}

async function abort(plugin: PluginProcess, bytes: number): Promise<void> {
  const controller = new AbortController();
  const reason = new Error("Enough");
  try {
    for await (const _ of chunks(plugin, bytes, controller.signal)) {
      controller.abort(reason);
    }
  } catch (error) {
    if (error === reason) return;
    throw error;
  }
  throw new Error("A stream went on after it had been aborted");
}

/** A stream that is far longer than anybody reads. */
function chunks(plugin: PluginProcess, bytes: number, signal?: AbortSignal) {
  const input = { chunks: 1_000_000, bytes };
  return plugin.tools.execute({ name: "stream", input, sessionId: "soak" }, {
    signal,
  });
}

async function ask(
  plugin: PluginProcess,
  name: string,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  let text = "";
  for await (
    const chunk of plugin.tools.execute({ name, input, sessionId: "soak" })
  ) {
    if (chunk.type === "error") throw new Error(chunk.message);
    text += chunk.text;
  }
  return text;
}

/** The plugin counts its streams; that a process stops as asked tells that no call is left at all. */
async function checkLeftOver(plugin: PluginProcess): Promise<void> {
  const running = await ask(plugin, "running", {});
  if (running !== "0") throw new Error(`${running} streams are left over`);
}

function checkGrowth({ name }: Phase, memory: readonly Memory[]): void {
  const [early, late] = [memory[STEPS / 2 - 1], memory.at(-1)];
  if (early === undefined || late === undefined) return;
  for (const side of ["host", "plugin"] as const) {
    if (late[side] <= early[side] * MAX_GROWTH) continue;
    throw new Error(
      `${name}: the ${side} grew from ${early[side]} to ${late[side]} MB`,
    );
  }
}
