// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- a command that prints

/**
 * Prints the line coverage of the last whole run of the tests, file by file for a member that has
 * too little, and fails when one of the measured members has less than `deno.json` asks for.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { z } from "zod";
import { COVERAGE_PROFILES, LAST_TALLY } from "./coverage_folder.ts";
import {
  coverageOfUnloaded,
  type LineCoverage,
  parseLcov,
  percent,
  sumCoverage,
} from "./line_coverage.ts";
import { listFiles } from "./list_files.ts";
import { PROJECT_ROOT } from "./workspace.ts";

/** The members whose coverage is a promise. */
const MEASURED = ["store", "config", "provider", "plugin"];

/** What `deno.json` says: the least share of lines in percent, and what is no TypeScript of ours. */
const CONFIG = z.object({
  coverage: z.object({ thresholds: z.object({ lines: z.number() }) }),
  exclude: z.array(z.string()).default([]),
});

type Config = z.infer<typeof CONFIG>;

if (import.meta.main) Deno.exit(await reportCoverage() ? 0 : 1);

/** Prints the coverage, and the tally of the run that it belongs to. Gives whether it is enough. */
async function reportCoverage(): Promise<boolean> {
  const tally = await Deno.readTextFile(LAST_TALLY).catch(() => undefined);
  if (tally === undefined) return refuse('run "deno task test" without arguments first');
  const loaded = parseLcov(await readLcov());
  const isEnough = loaded.size === 0
    ? refuse("the last test run loaded nothing")
    : await reportMembers(loaded);
  console.log(tally.trimEnd());
  return isEnough;
}

function refuse(reason: string): false {
  console.error(`Cannot report coverage: ${reason}`);
  return false;
}

async function reportMembers(loaded: ReadonlyMap<string, LineCoverage>): Promise<boolean> {
  const { coverage: { thresholds: { lines: least } }, exclude } = await readConfig();
  const files = await measureFiles(loaded, exclude);
  const poor = MEASURED.filter((member) => !reportMember(member, files, least));
  if (poor.length === 0) return true;
  console.error(`Fewer than ${least} % of lines are covered in: ${poor.join(", ")}`);
  return false;
}

async function readConfig(): Promise<Config> {
  return CONFIG.parse(JSON.parse(await Deno.readTextFile(new URL("deno.json", PROJECT_ROOT))));
}

/** Gives the coverage of every source file of the measured members, by its path from the root. */
async function measureFiles(
  loaded: ReadonlyMap<string, LineCoverage>,
  exclude: readonly string[],
): Promise<ReadonlyMap<string, LineCoverage>> {
  const sources = (await listFiles()).filter((file) => isMeasured(file) && !exclude.includes(file));
  const measured = await Promise.all(sources.map(async (file) => {
    const url = new URL(file, PROJECT_ROOT);
    const coverage = loaded.get(fileURLToPath(url)) ??
      coverageOfUnloaded(await Deno.readTextFile(url));
    return [file, coverage] as const;
  }));
  return new Map(measured);
}

function isMeasured(file: string): boolean {
  return MEASURED.some((member) => file.startsWith(`${member}/`)) &&
    file.endsWith(".ts") && !file.endsWith("_test.ts") && !file.includes("/testdata/");
}

async function readLcov(): Promise<string> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["coverage", "--lcov", COVERAGE_PROFILES],
    cwd: PROJECT_ROOT,
    stderr: "null",
  }).output();
  return new TextDecoder().decode(output.stdout);
}

/** Prints the coverage of a member. Gives whether it is enough. */
function reportMember(
  member: string,
  files: ReadonlyMap<string, LineCoverage>,
  least: number,
): boolean {
  const own = [...files].filter(([file]) => file.startsWith(`${member}/`));
  const share = percent(sumCoverage(own.map(([, coverage]) => coverage)));
  console.log(`${share.toFixed(1).padStart(5)} %  ${member}`);
  if (share >= least) return true;
  for (const [file, coverage] of own) {
    if (percent(coverage) < least) {
      console.log(`${percent(coverage).toFixed(1).padStart(9)} %  ${file}`);
    }
  }
  return false;
}
