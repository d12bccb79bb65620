// SPDX-License-Identifier: Apache-2.0

/** Something that was said, as a memory search gives it back. */
export interface MemoryLine {
  readonly text: string;
  /** Who said it; noted facts have nobody. */
  readonly role: string | undefined;
  readonly date: Date | undefined;
}

/** Reads the lines of a memory search; what is no such line is passed over. */
export function parseMemoryLines(content: string): readonly MemoryLine[] {
  return content.split("\n").flatMap((line) => parseLine(line.trim()));
}

/** Takes off lines that are only a tag, which mark where a tool's words begin and end. */
export function stripTags(content: string): string {
  return content.split("\n").filter((line) => !/^<\/?[^<>]+>$/.test(line.trim())).join("\n").trim();
}

function parseLine(line: string): readonly MemoryLine[] {
  if (!line.startsWith("{")) return [];
  const value = parseJson(line);
  if (typeof value !== "object" || value === null) return [];
  const { text, role, date }: Record<string, unknown> = { ...value };
  if (typeof text !== "string" || text.trim() === "") return [];
  return [{ text, role: typeof role === "string" ? role : undefined, date: parseDate(date) }];
}

function parseDate(value: unknown): Date | undefined {
  const date = typeof value === "string" ? new Date(value) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
