// SPDX-License-Identifier: Apache-2.0

import type { Context } from "./_context.ts";
import { TextLineStream } from "./_text_lines.ts";

/** A peer in a process of its own. */
export interface PeerProcess extends AsyncDisposable {
  /** How the table names it. */
  readonly name: string;
  /** Calls one of its functions. */
  call(call: string, ...values: unknown[]): Promise<number>;
}

/** Packages that run under Node, and in which file they are measured. */
const NODE_PEERS = {
  "better-sqlite3": "better_sqlite3",
  "@langchain/langgraph-checkpoint-sqlite": "langgraph",
} as const;

const CACHE = new URL("../results/tmp/node/", import.meta.url);
const PACKAGES = {
  "better-sqlite3": "^12.10.0",
  "@langchain/core": "^1.1.44",
  "@langchain/langgraph-checkpoint": "^1.1.4",
  "@langchain/langgraph-checkpoint-sqlite": "^1.0.4",
};

/** Starts every peer that can be had here, and says of each other why not. */
export async function startPeers(
  context: Context,
): Promise<readonly PeerProcess[]> {
  const started: PeerProcess[] = [];
  const why = await installNodePeers(context);
  for (const [name, file] of Object.entries(NODE_PEERS)) {
    if (why === undefined) started.push(startNode(name, file));
    else context.say(`${name} is left out: ${why}`);
  }
  started.push(startDeno("@mastra/libsql", "mastra"));
  return started;
}

/** Installs with npm, once; says why if it cannot. */
async function installNodePeers(context: Context): Promise<string | undefined> {
  const wanted = JSON.stringify(
    { private: true, dependencies: PACKAGES },
    null,
    2,
  );
  const manifest = new URL("package.json", CACHE);
  await Deno.mkdir(CACHE, { recursive: true });
  if (await readIfThere(new URL("installed.json", CACHE)) === wanted) {
    return undefined;
  }
  await Deno.writeTextFile(manifest, wanted);
  context.say("installing the peers that run under Node (only the first time)");
  try {
    const { success, stderr } = await new Deno.Command("npm", {
      args: ["install", "--no-audit", "--no-fund", "--loglevel=error"],
      cwd: CACHE,
      stdout: "null",
    }).output();
    if (!success) {
      return new TextDecoder().decode(stderr).split("\n")[0] ?? "npm failed";
    }
  } catch (error) {
    return `npm does not run: ${String(error)}`;
  }
  await Deno.writeTextFile(new URL("installed.json", CACHE), wanted);
}

async function readIfThere(file: URL): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function startNode(name: string, file: string): PeerProcess {
  return start(name, "node", [
    serve(),
    file,
    decodeURIComponent(CACHE.pathname),
  ]);
}

function startDeno(name: string, file: string): PeerProcess {
  const config = decodeURIComponent(
    new URL("../deno.json", import.meta.url).pathname,
  );
  return start(name, Deno.execPath(), [
    ...["run", "--quiet", "--no-lock", "--config", config, "-A"],
    ...[serve(), file],
  ]);
}

function serve(): string {
  return decodeURIComponent(
    new URL("peers/serve.mjs", import.meta.url).pathname,
  );
}

function start(
  name: string,
  command: string,
  args: readonly string[],
): PeerProcess {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(
    new TextLineStream(),
  )
    .getReader();
  return {
    name,
    async call(call, ...values) {
      await writer.write(
        new TextEncoder().encode(`${JSON.stringify({ call, values })}\n`),
      );
      return await readAnswer(lines);
    },
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {}); // one that has ended has no input to close
      await child.status;
      await lines.cancel();
    },
  };
}

/** Passes over what a package itself prints. */
async function readAnswer(
  lines: ReadableStreamDefaultReader<string>,
): Promise<number> {
  for (;;) {
    const { value: line, done } = await lines.read();
    if (done) throw new Error("its process ended");
    if (!line.startsWith("\u001e")) continue;
    const { value, error } = JSON.parse(line.slice(1));
    if (error !== undefined) throw new Error(error);
    return value;
  }
}
