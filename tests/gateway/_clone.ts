// SPDX-License-Identifier: Apache-2.0

import { dirname } from "node:path";
import { z } from "zod";
import { listFiles } from "../../tools/list_files.ts";
import { PROJECT_ROOT } from "../../tools/workspace.ts";

/** Variables that a deno needs to find its cache; keys of vendors are not among them. */
const KEPT_VARIABLES = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "TMPDIR"];

const runFile = z.object({ url: z.string(), pid: z.number() });

/** A copy of the project as it is when nobody has started it yet. */
export interface Clone extends AsyncDisposable {
  /** Where it is, with a slash at the end. */
  readonly root: URL;
}

/** A gateway that was started by its task. */
export interface StartedGateway {
  /** Where it listens. */
  readonly url: string;
  /** The process that listens, which the task started. */
  readonly pid: number;
  /** What it has written so far. */
  readonly written: () => string;
  /** Its last words. */
  readonly ended: Promise<Deno.CommandStatus>;
  /** Waits until it has written something. */
  waitFor(pattern: RegExp): Promise<void>;
}

/** What a command of the clone wrote, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Copies the files that git knows into an empty folder. */
export async function makeClone(): Promise<Clone> {
  const folder = await Deno.makeTempDir({ prefix: "sigil_clone_" });
  const root = new URL(`file://${folder}/`);
  for (const path of await listFiles()) {
    if (path.startsWith("tests/") && !path.startsWith("tests/std_assert/")) continue;
    const target = new URL(path, root);
    await Deno.mkdir(dirname(target.pathname), { recursive: true });
    await Deno.copyFile(new URL(path, PROJECT_ROOT), target);
  }
  return {
    root,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** Starts the gateway of a clone as its README says, on a free port. */
export async function startGateway({ root }: Clone): Promise<StartedGateway> {
  const process = deno(root, ["task", "start", "--listen", "127.0.0.1:0"]).spawn();
  const output = new Output();
  output.take(process.stdout);
  output.take(process.stderr);
  const failed = process.status.then(({ code }) => {
    throw new Error(`The gateway ended with ${code}: ${output.text}`);
  });
  await Promise.race([output.waitFor(/listens on http/), failed]);
  failed.catch(() => {}); // from here on its end is expected
  const announced = await Deno.readTextFile(new URL("data/gateway.json", root));
  const { url, pid } = runFile.parse(JSON.parse(announced));
  return {
    url,
    pid,
    written: () => output.text,
    ended: process.status,
    waitFor: (pattern) => output.waitFor(pattern),
  };
}

/** Runs `sigil` in a clone, by its task. */
export async function runSigil({ root }: Clone, args: readonly string[]): Promise<CommandResult> {
  const { code, stdout, stderr } = await deno(root, ["task", "--quiet", "sigil", ...args]).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function deno(cwd: URL, args: readonly string[]): Deno.Command {
  const kept = KEPT_VARIABLES.map((name) => [name, Deno.env.get(name)] as const);
  const env = Object.fromEntries(kept.filter((entry) => entry[1] !== undefined));
  return new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" } as Record<string, string>,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Gathers what a process writes, and lets others wait for it. */
class Output {
  text = "";
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();

  async take(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async waitFor(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) await this.#changed.promise;
  }
}
