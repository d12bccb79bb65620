// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints its progress and a table

/**
 * The gateway against its peer: `deno task bench:gateway`.
 *
 * With `--quick` it is short and writes nothing; `--rounds N` says how often everything is measured.
 * It fails only when it cannot run, not when a number is missed.
 */

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { Bench } from "./_bench.ts";
import { installPortkey } from "./_install_portkey.ts";
import type { Effort } from "./_measure.ts";
import { startBackend } from "./_processes.ts";
import { updateReadme } from "./_readme_section.ts";
import { type Report, toCeiling, toLines, toTable } from "./_report.ts";

const WHOLE: Effort = {
  rounds: 5,
  warmUpMs: 1500,
  measureMs: 5000,
  starts: 7,
  sessions: 1000,
};
const QUICK: Effort = {
  rounds: 1,
  warmUpMs: 500,
  measureMs: 1500,
  starts: 1,
  sessions: 50,
};
const RESULTS = new URL("../results/", import.meta.url);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
    },
  });
  const effort = values.quick ? QUICK : WHOLE;
  const report = await measure({
    ...effort,
    rounds: toRounds(values.rounds, effort),
  });
  console.log(`\n${toTable(toLines(report))}\n`);
  console.log("On disk after the gateway was killed:", report.stored);
  console.log("The backend alone, answers a second:", toCeiling(report));
  if (!values.quick) await keep(report);
}

function toRounds(text: string | undefined, { rounds }: Effort): number {
  const wanted = Number(text ?? rounds);
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  throw new RangeError(
    `Cannot measure "${text}" rounds: not a whole number above 0`,
  );
}

async function measure(effort: Effort): Promise<Report> {
  const { version, folder: packageFolder } = await installPortkey();
  const machine = { ...await readMachine(), portkey: version };
  console.log(machine);
  await using opened = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
  opened.defer(() => Deno.remove(folder, { recursive: true }));
  const { port } = opened.use(await startBackend());
  const bench = new Bench({ effort, folder, backendPort: port, packageFolder });
  const startMs = await bench.measureStarts();
  const loaded = await bench.measureLoad();
  const sessions = await bench.measureGrowth();
  const memory = { ...loaded.memory, sessions };
  return { machine, effort: { ...effort }, startMs, ...loaded, memory };
}

async function readMachine() {
  const { stdout } = await new Deno.Command("node", { args: ["--version"] })
    .output();
  const root = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  const [first] = cpus();
  return {
    cores: navigator.hardwareConcurrency,
    processor: first?.model.trim() ?? "unknown",
    kernel: Deno.osRelease(),
    memoryGb: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    deno: Deno.version.deno,
    node: new TextDecoder().decode(stdout).trim().replace("v", ""),
    sigil: String(root.version),
  };
}

async function keep(report: Report): Promise<void> {
  await Deno.mkdir(RESULTS, { recursive: true });
  await Deno.writeTextFile(
    new URL("gateway.json", RESULTS),
    `${JSON.stringify(report, null, 2)}\n`,
  );
  await updateReadme(report);
}

if (import.meta.main) await main();
