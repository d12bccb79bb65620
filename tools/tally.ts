// SPDX-License-Identifier: Apache-2.0

/** How a run of tests ended. Steps count as tests. */
export interface Tally {
  /** Tests that passed. */
  readonly passed: number;
  /** Tests that failed. */
  readonly failed: number;
  /** Tests that were left out. */
  readonly skipped: number;
}

/** Counts the test cases of a JUnit report as `deno test --junit-path` writes it. */
export function parseTally(junit: string): Tally {
  const total = count(junit, /<testcase[\s>]/g);
  const failed = count(junit, /<(?:failure|error)[\s>]/g);
  const skipped = count(junit, /<skipped[\s/>]/g);
  return { passed: total - failed - skipped, failed, skipped };
}

/** Makes the tally agree with the exit code: a run that failed before or beside its tests failed. */
export function settleTally(tally: Tally, exitCode: number): Tally {
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

/** Writes a tally as the last line of a run: `3 passed, 0 failed`, and what was skipped if anything was. */
export function formatTally({ passed, failed, skipped }: Tally): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped === 0 ? line : `${line}, ${skipped} skipped`;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
