// SPDX-License-Identifier: Apache-2.0

/** Something in a file that does not belong there. */
export interface Finding {
  /** The line, from 1. */
  readonly line: number;
  /** What is wrong, in a few words. */
  readonly problem: string;
}

const LICENSE_LINE = "SPDX-License-Identifier: Apache-2.0";
const LICENSED = /\.(?:ts|tsx|js|mjs|proto|sh)$/;
const GENERATED = /^(?:gen\/|deno\.lock$|plugin\/wasm\/boot_source\.ts$)/;
const BINARY = /\.(?:wasm|bin|png|db|gz|tgz)$/;

/** What no line may hold: each pattern with what is said of it. */
const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/(?<![\w.])\/(?:work|farm)\/[a-z.]/, "path of one machine"],
  [/(?<![\w.])\/(?:root\/\.|home\/[a-z])/, "path of one machine"],
  [/https?:\/\/registry\.|\b(?:npmjs\.(?:com|org)|jsr\.io)\b/, "host of a package registry"],
  [/\b(?:[T]ODO|[F]IXME)\b/, "unfinished work"],
  [/\b(?:Deno\.test|describe|it)\.(?:only|skip)\(/, "test switched off"],
];

/** Finds what the linter does not: a missing licence line, paths of one machine, unfinished work. */
export function checkSource(path: string, text: string): readonly Finding[] {
  if (GENERATED.test(path) || BINARY.test(path)) return [];
  const lines = text.split("\n");
  const findings = lines.flatMap((line, index) => checkLine(line, index + 1));
  return LICENSED.test(path) || isScript(lines) ? [...checkLicense(lines), ...findings] : findings;
}

function checkLine(text: string, line: number): readonly Finding[] {
  return FORBIDDEN.filter(([pattern]) => pattern.test(text)).map(([, problem]) => ({
    line,
    problem,
  }));
}

function checkLicense(lines: readonly string[]): readonly Finding[] {
  const line = isScript(lines) ? 2 : 1;
  if (/^(?:\/\/|#) /.test(lines[line - 1] ?? "") && lines[line - 1]?.endsWith(LICENSE_LINE)) {
    return [];
  }
  return [{ line, problem: `no line "${LICENSE_LINE}"` }];
}

function isScript(lines: readonly string[]): boolean {
  return lines[0]?.startsWith("#!") === true;
}
