// SPDX-License-Identifier: Apache-2.0

/**
 * The main module of every plugin's process: `boot.js <url of the plugin's main module>`.
 *
 * It is ours and trusted. It imports the plugin by a name that is known only at run time, because
 * that is what makes Deno check each file of the plugin against `--allow-read`.
 *
 * @module
 */

import { stdioPipe } from "./_stdio_pipe.ts";
import { keepStdout } from "./_keep_stdout.ts";
import { servePlugin } from "./serve_plugin.ts";

const pipe = stdioPipe();
keepStdout();
servePlugin({ pipe, load, onEnd: () => Deno.exit(0) });

async function load(): Promise<unknown> {
  const [main = ""] = Deno.args;
  const module: Readonly<Record<string, unknown>> = await import(main);
  return module.default;
}
