// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints its progress and a table

/**
 * Plugins against their peers: `deno task bench:plugin`.
 *
 * With `--quick` it is short and writes nothing; `--rounds N` says how often everything is measured.
 * `--soak` puts a long load on one plugin instead, `--soak-scale 0.01` a hundredth of it. It fails
 * only when it cannot run, not when a number is missed; the soak fails when it finds something.
 *
 * @module
 */

import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { DriverCommand } from "./_driver.ts";
import { installPeers, PEER_VERSIONS } from "./_install_peers.ts";
import { type Effort, measureLoads, measureMemory, measureStarts } from "./_measure.ts";
import { updateReadme } from "./_readme_section.ts";
import { type Report, toTable } from "./_report.ts";
import { soak } from "./_soak.ts";

const WHOLE: Effort = {
  rounds: 7,
  warmUpMs: 300,
  measureMs: 1500,
  starts: 15,
  processes: 8,
};
const QUICK: Effort = {
  rounds: 1,
  warmUpMs: 200,
  measureMs: 400,
  starts: 3,
  processes: 2,
};
const RESULTS = new URL("../results/", import.meta.url);

if (import.meta.main) await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      soak: { type: "boolean", default: false },
      "soak-scale": { type: "string" },
    },
  });
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const scale = values["soak-scale"];
  if (values.soak || scale !== undefined) {
    return await soak(folder, toNumber(scale ?? "1"), console.log);
  }
  const { rounds, ...effort } = values.quick ? QUICK : WHOLE;
  const report = await measure(folder, {
    ...effort,
    rounds: values.rounds === undefined ? rounds : toNumber(values.rounds),
  });
  console.log(`\n${toTable(report)}\n`);
  if (!values.quick) await keep(report);
}

function toNumber(text: string): number {
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new RangeError(`Cannot use "${text}": it is no number above 0`);
}

async function measure(folder: string, effort: Effort): Promise<Report> {
  const commands = commandsOf(folder, await installPeers());
  const machine = await readMachine();
  console.log(machine);
  const starts = await measureStarts(commands, effort, console.log);
  const memory = await measureMemory(commands, effort, console.log);
  const loads = await measureLoads(commands, effort, console.log);
  return { machine, effort, loads, starts, memory };
}

function commandsOf(folder: string, peers: string): readonly DriverCommand[] {
  const sigil = fileURLToPath(new URL("sigil_driver.ts", import.meta.url));
  const config = fileURLToPath(new URL("../../deno.json", import.meta.url));
  const contracts = fileURLToPath(new URL("../../proto", import.meta.url));
  const deno = (...args: readonly string[]) => {
    return {
      path: Deno.execPath(),
      args: ["run", "--quiet", "--no-lock", "-A", ...args],
    };
  };
  const node = (...args: readonly string[]) => ({ path: "node", args });
  return [
    { name: "sigil", folder, ...deno(`--config=${config}`, sigil, folder) },
    { name: "mcpDeno", folder: peers, ...deno("mcp_client.mjs") },
    { name: "mcpNode", folder: peers, ...node("mcp_client.mjs") },
    {
      name: "grpcNode",
      folder: peers,
      ...node("grpc_client.mjs", contracts, folder),
    },
    { name: "bareNode", folder: peers, ...node("bare_client.mjs") },
  ];
}

async function readMachine(): Promise<Report["machine"]> {
  const { stdout } = await new Deno.Command("node", { args: ["--version"] })
    .output();
  const config = await Deno.readTextFile(
    new URL("../../deno.json", import.meta.url),
  );
  return {
    cores: navigator.hardwareConcurrency,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    kernel: Deno.osRelease(),
    deno: Deno.version.deno,
    node: new TextDecoder().decode(stdout).trim().replace("v", ""),
    sigil: String(JSON.parse(config).version),
    ...PEER_VERSIONS,
  };
}

async function keep(report: Report): Promise<void> {
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(
    new URL("plugin.json", RESULTS),
    `${JSON.stringify(report, null, 2)}\n`,
  );
  await updateReadme(report);
}
