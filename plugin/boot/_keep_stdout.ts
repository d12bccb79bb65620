// SPDX-License-Identifier: Apache-2.0

// deno-lint-ignore-file no-console -- here it is decided where it prints

/** These print to stdout by themselves; the others do so through `console.log`. */
const RARE = [
  "dir",
  "dirxml",
  "table",
  "count",
  "countReset",
  "time",
  "timeLog",
  "timeEnd",
] as const;

type StderrConsole = Pick<Console, typeof RARE[number]>;

/** What is needed of `process`; the types of Deno and of Node do not agree on it. */
interface NodeProcess {
  readonly stderr: unknown;
  getBuiltinModule(name: "node:console"): {
    readonly Console: new (stdout: unknown, stderr: unknown) => StderrConsole;
  };
}

/**
 * Sends what a plugin prints to stderr, so that it does not end up among the frames.
 *
 * This is a help, not a wall: a plugin can still find a way to write to stdout. What it writes there
 * is either a breach of the protocol, which ends it, or what it could have said anyway.
 */
export function keepStdout(): void {
  Deno.stdout.write = (bytes) => Deno.stderr.write(bytes);
  Deno.stdout.writeSync = (bytes) => Deno.stderr.writeSync(bytes);
  console.log = console.info = console.debug = console.error;
  let node: StderrConsole | undefined;
  for (const method of RARE) {
    console[method] = (...args: unknown[]) => {
      node ??= nodeConsole();
      Reflect.apply(node[method], node, args);
    };
  }
}

/** Loads the console of Node, which takes as long as a plugin to start, for those that need it. */
function nodeConsole(): StderrConsole {
  const process: NodeProcess = Reflect.get(globalThis, "process");
  const { Console } = process.getBuiltinModule("node:console");
  return new Console(process.stderr, process.stderr);
}
