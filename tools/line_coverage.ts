// SPDX-License-Identifier: Apache-2.0

import { stripTypeScriptTypes } from "node:module";

/** How many of a file's or folder's lines ran. */
export interface LineCoverage {
  /** Lines that ran. */
  readonly covered: number;
  /** Lines that could have run. */
  readonly total: number;
}

/** Reads line coverage by file from an LCOV report. Of a file reported twice, a line ran if it ran once. */
export function parseLcov(lcov: string): ReadonlyMap<string, LineCoverage> {
  const lines = new Map<string, Map<string, boolean>>();
  let file = new Map<string, boolean>();
  for (const line of lcov.split("\n")) {
    const [, key = "", value = ""] = /^(SF|DA):(.*)$/.exec(line) ?? [];
    if (key === "SF") {
      file = lines.get(value) ?? new Map();
      lines.set(value, file);
    }
    if (key === "DA") {
      const [number = "", hits] = value.split(",");
      file.set(number, file.get(number) === true || hits !== "0");
    }
  }
  return new Map([...lines].map(([path, hits]) => [path, countHits(hits)]));
}

/** Adds up the coverage of several files. */
export function sumCoverage(files: Iterable<LineCoverage>): LineCoverage {
  let covered = 0;
  let total = 0;
  for (const file of files) {
    covered += file.covered;
    total += file.total;
  }
  return { covered, total };
}

/** Gives the share of lines that ran in percent; 100 where there is nothing to run. */
export function percent({ covered, total }: LineCoverage): number {
  return total === 0 ? 100 : (covered / total) * 100;
}

/**
 * Gives the coverage of a TypeScript source that no test loaded: none of its lines ran.
 *
 * Types, imports and re-exports leave nothing to run.
 */
export function coverageOfUnloaded(source: string): LineCoverage {
  const code = stripTypeScriptTypes(source)
    .replace(/\/\*[^]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/^\s*(?:import|export)\s(?:[^;"]*\sfrom\s)?"[^"]*";$/gm, "")
    .replace(/^export \{\};$/gm, "");
  const total = code.split("\n").filter((line) => line.trim() !== "").length;
  return { covered: 0, total };
}

function countHits(hits: ReadonlyMap<string, boolean>): LineCoverage {
  const covered = [...hits.values()].filter((hit) => hit).length;
  return { covered, total: hits.size };
}
