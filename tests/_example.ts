// SPDX-License-Identifier: Apache-2.0

/** How an example says that it is run, and what it says that it prints. */
export interface ExampleHeader {
  /** The flags of `deno run`. */
  readonly flags: readonly string[];
  /** The script that the command names, from the root of the project. */
  readonly script: string;
  /** What follows the script. */
  readonly args: readonly string[];
  /** The lines that it prints; `…` stands for any text within a line. */
  readonly prints: readonly string[];
}

/**
 * Reads the comments that an example begins with: a line `deno run …`, and below a line `Prints:` the
 * lines that it prints, each indented by two spaces.
 */
export function parseExampleHeader(source: string): ExampleHeader | undefined {
  const comment = /^(?:\s*\/\/.*\n)+/.exec(source)?.[0] ?? "";
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\/\/ ?/, ""));
  const [, words = "", script = "", rest = ""] =
    /^\s*deno run ((?:-\S+ )*)(\S+\.ts)(.*)$/m.exec(lines.join("\n")) ?? [];
  if (script === "") return undefined;
  const start = lines.findIndex((line) => line.trim() === "Prints:");
  const printed = start < 0 ? [] : lines.slice(start + 1);
  const end = printed.findIndex((line) => !line.startsWith("  "));
  return {
    flags: split(words),
    script,
    args: split(rest),
    prints: (end < 0 ? printed : printed.slice(0, end)).map((line) => line.slice(2)),
  };
}

/** Says whether a line is the promised one. */
export function matchesLine(line: string, promised: string): boolean {
  const parts = promised.split("…").map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join(".*")}$`).test(line);
}

function split(words: string): readonly string[] {
  return words.split(" ").filter((word) => word !== "");
}
