// SPDX-License-Identifier: Apache-2.0
// AssemblyScript, compiled within the tests.

import { Host, Memory, Var } from "@extism/as-pdk";
import { error_set } from "@extism/as-pdk/lib/env";

const SCHEMA = `{ "type": "object" }`;

let calls = 0;

function tool(name: string): string {
  return `{ "name": "${name}", "description": "A test", "input": ${SCHEMA} }`;
}

function give(text: string): i32 {
  Host.output(Uint8Array.wrap(String.UTF8.encode(text)));
  return 0;
}

export function describe(): i32 {
  const names = ["loop", "grow", "hog", "trap", "fail", "count", "remember"];
  return give("[" + names.map<string>((name) => tool(name)).join(",") + "]");
}

/** Never ends. */
export function loop(): i32 {
  while (calls >= 0) calls = calls & 0xff;
  return 0;
}

/** Takes as many pages of memory as it gets, and tells how many that were. */
export function grow(): i32 {
  let pages = 0;
  while (memory.grow(16) >= 0) pages += 16;
  return give(pages.toString());
}

/** Takes memory of the runtime until there is none. */
export function hog(): i32 {
  while (true) Memory.allocate(64 * 1024 * 1024).store(new Uint8Array(64));
  return 0;
}

/** Ends with a trap. */
export function trap(): i32 {
  unreachable();
  return 0;
}

/** Says that it failed. */
export function fail(): i32 {
  error_set(Memory.allocateString("no more").offset);
  return 1;
}

/** Tells how often it was called in this instance. */
export function count(): i32 {
  return give((++calls).toString());
}

/** Tells what an earlier call has left in the runtime. */
export function remember(): i32 {
  const before = Var.getString("left");
  Var.set("left", Uint8Array.wrap(String.UTF8.encode("something")));
  return give(before === null ? "nothing" : before);
}
