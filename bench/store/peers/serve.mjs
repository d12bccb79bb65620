// SPDX-License-Identifier: Apache-2.0

/**
 * Runs a peer in a process of its own: `serve.mjs <peer> <folder of its node_modules>`. Takes lines
 * `{ "call": name, "values": [...] }` and answers `{ "value": … }` or `{ "error": message }`.
 *
 * Peers time themselves, so that the pipe is not part of any figure.
 */

import { createRequire } from "node:module";
import process from "node:process";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , name, folder] = process.argv;

const load = (specifier) =>
  folder === undefined ? import(specifier) : import(
    pathToFileURL(createRequire(`${folder}/package.json`).resolve(specifier))
      .href
  );

let peer;
for await (const line of createInterface({ input: process.stdin })) {
  const { call, values } = JSON.parse(line);
  try {
    peer ??= await (await import(`./${name}.mjs`)).load(load);
    answer({ value: await peer[call](...values) });
  } catch (error) {
    answer({ error: String(error).split("\n")[0] });
  }
}
process.exit(0);

function answer(message) {
  process.stdout.write(`\u001e${JSON.stringify(message)}\n`);
}
