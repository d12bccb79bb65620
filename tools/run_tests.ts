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

import { formatTally, parseTally, settleTally, type Tally } from "./tally.ts";
import { COVERAGE_FOLDER, COVERAGE_PROFILES, LAST_TALLY } from "./coverage_folder.ts";
import { PROJECT_ROOT } from "./workspace.ts";

if (import.meta.main) Deno.exit(await runTests(Deno.args));

async function runTests(args: readonly string[]): Promise<number> {
  const report = await Deno.makeTempFile({ prefix: "sigil-tests-", suffix: ".xml" });
  try {
    const whole = args.length === 0;
    if (whole) await emptyCoverageFolder();
    const exitCode = await spawnTests(args, report, whole);
    const tally = settleTally(parseTally(await Deno.readTextFile(report)), exitCode);
    if (whole) await Deno.writeTextFile(LAST_TALLY, `${formatTally(tally)}\n`);
    printTally(tally);
    return exitCode;
  } finally {
    await Deno.remove(report);
  }
}

async function spawnTests(
  args: readonly string[],
  report: string,
  whole: boolean,
): Promise<number> {
  const frozen = Deno.env.get("CI") === undefined ? [] : ["--frozen"];
  const coverage = whole ? ["--coverage-raw-data-only"] : [];
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--doc", ...frozen, ...coverage, `--junit-path=${report}`, ...args],
    cwd: PROJECT_ROOT,
    env: whole ? { DENO_COVERAGE_DIR: COVERAGE_PROFILES.pathname } : {},
    stdin: "null",
  }).spawn().status;
  return code;
}

async function emptyCoverageFolder(): Promise<void> {
  await Deno.remove(COVERAGE_FOLDER, { recursive: true }).catch(ignoreNotFound);
  await Deno.mkdir(COVERAGE_FOLDER);
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

function printTally(tally: Tally): void {
  console.log(formatTally(tally));
}
