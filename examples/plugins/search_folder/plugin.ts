// SPDX-License-Identifier: Apache-2.0

import type { ToolPlugin } from "@sigil/plugin/sdk";

/** Files that are larger are left out of a search, and cut when they are read. */
const MAX_BYTES = 1024 * 1024;

const MAX_LINE = 240;

let root = "";

export default {
  type: "tool",

  async init({ folder }) {
    root = await Deno.realPath(String(folder));
    if (!(await Deno.stat(root)).isDirectory) throw new Error(`${folder} is not a folder`);
  },

  tools: {
    search: {
      description: "Finds the lines that hold every one of some words, in the texts of the folder",
      input: {
        type: "object",
        properties: {
          query: { type: "string", pattern: "\\S", maxLength: 200 },
          limit: { type: "integer", minimum: 1, maximum: 200, default: 40 },
        },
        required: ["query"],
        additionalProperties: false,
      },
      execute: (input: { query: string; limit?: number }, { signal }) =>
        search(input.query, input.limit ?? 40, signal),
    },
    read: {
      description: "Reads a text in the folder",
      input: {
        type: "object",
        properties: {
          path: { type: "string", description: "Its path from the folder", maxLength: 1000 },
        },
        required: ["path"],
        additionalProperties: false,
      },
      execute: ({ path }: { path: string }) => read(path),
    },
  },
} satisfies ToolPlugin;

async function* search(query: string, limit: number, signal: AbortSignal): AsyncGenerator<string> {
  const words = fold(query).split(/\s+/).filter((word) => word !== "");
  let found = 0;
  for await (const path of listFiles("")) {
    signal.throwIfAborted();
    for (const [index, line] of (await readLines(path)).entries()) {
      if (!holdsAll(fold(line), words)) continue;
      if (++found > limit) return yield `More than ${limit} lines match\n`;
      yield `${path}:${index + 1}: ${line.trim().slice(0, MAX_LINE)}\n`;
    }
  }
  if (found === 0) yield "No line matches\n";
}

/** Gives the paths of the files in a folder, by name. Links are not followed. */
async function* listFiles(folder: string): AsyncGenerator<string> {
  const entries = await Array.fromAsync(Deno.readDir(`${root}/${folder}`));
  for (const { name, isFile, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    if (isFile) yield folder + name;
    if (isDirectory) yield* listFiles(`${folder}${name}/`);
  }
}

/** Gives nothing for what is no text, and for what is gone by now. */
async function readLines(path: string): Promise<readonly string[]> {
  try {
    const { size } = await Deno.lstat(`${root}/${path}`);
    return size > MAX_BYTES ? [] : (await readText(path)).split(/\r?\n/);
  } catch {
    return [];
  }
}

async function read(path: string): Promise<string> {
  const file = await Deno.realPath(`${root}/${path}`).catch(() => undefined);
  if (file === undefined || !file.startsWith(`${root}/`)) {
    throw new Error(`There is no file "${path}" in the folder`);
  }
  return await readText(file.slice(root.length + 1));
}

async function readText(path: string): Promise<string> {
  using file = await Deno.open(`${root}/${path}`);
  const bytes = await readStart(file, MAX_BYTES);
  if (bytes.includes(0)) throw new Error(`"${path}" is not a text`);
  return new TextDecoder().decode(bytes);
}

async function readStart(file: Deno.FsFile, maxBytes: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.min(size, maxBytes));
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

function holdsAll(line: string, words: readonly string[]): boolean {
  return words.every((word) => line.includes(word));
}

/** Makes texts equal that differ in case or in how their accents are written. */
function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
