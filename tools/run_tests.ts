// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- a command that prints

/**
 * Runs the tests and ends with a line `N passed, N failed`, keeping the exit code.
 *
 * Without arguments it runs every test and every example in the docs, and collects coverage for
 * `deno task coverage`. Arguments go to `deno test`, such as a folder or `--filter`.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { formatTally, parseTally, settleTally, type Tally } from "./tally.ts";
import { COVERAGE_FOLDER, COVERAGE_PROFILES, LAST_TALLY } from "./coverage_folder.ts";
import { PROJECT_ROOT } from "./workspace.ts";

if (import.meta.main) Deno.exit(await runTests(Deno.args));

async function runTests(args: readonly string[]): Promise<number> {
  const whole = args.length === 0;
  if (whole) await Deno.remove(COVERAGE_FOLDER, { recursive: true }).catch(ignoreNotFound);
  await Deno.mkdir(COVERAGE_FOLDER, { recursive: true });
  const report = new URL(`${crypto.randomUUID()}.xml`, COVERAGE_FOLDER);
  const exitCode = await spawnTests(args, report, whole);
  const tally = formatTally(settleTally(await readTally(report), exitCode));
  if (whole) await Deno.writeTextFile(LAST_TALLY, `${tally}\n`);
  console.log(tally);
  return exitCode;
}

/** Reads the report and removes it. A run that could not begin leaves none. */
async function readTally(report: URL): Promise<Tally> {
  const junit = await Deno.readTextFile(report).catch(ignoreNotFound);
  await Deno.remove(report).catch(ignoreNotFound);
  return parseTally(junit ?? "");
}

async function spawnTests(
  args: readonly string[],
  report: URL,
  whole: boolean,
): Promise<number> {
  const coverage = whole ? ["--coverage-raw-data-only"] : [];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--doc",
      "--lock=dev.lock",
      ...coverage,
      `--junit-path=${fileURLToPath(report)}`,
      ...args,
    ],
    cwd: PROJECT_ROOT,
    env: whole ? { DENO_COVERAGE_DIR: COVERAGE_PROFILES } : {},
    stdin: "null",
  }).spawn().status;
  return code;
}

function ignoreNotFound(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
