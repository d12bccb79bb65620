// SPDX-License-Identifier: Apache-2.0

import type { JsonObject, PluginTool, ToolPlugin } from "../sdk/mod.ts";
import type { WasmRunner } from "./wasm_runner.ts";

/** A tool as a module describes it. */
interface WasmTool {
  readonly name: string;
  readonly description: string;
  readonly input: JsonObject;
}

/** How long a module may take to say which tools it has. */
const DESCRIBE_LIMIT_MS = 5000;

/**
 * Makes a plugin of a WebAssembly module: its function `describe` gives the tools as a JSON array of
 * `{ name, description, input }`, and each tool is the function of that name, which reads its arguments
 * as JSON and gives text.
 *
 * @throws {Error} When the module has no `describe`, or does not export what it describes.
 */
export async function wasmPlugin(
  module: WebAssembly.Module,
  runner: Pick<WasmRunner, "call" | "close">,
): Promise<ToolPlugin> {
  const functions = WebAssembly.Module.exports(module)
    .filter(({ kind }) => kind === "function").map(({ name }) => name);
  if (!functions.includes("describe")) throw new Error("The module exports no function describe");
  const text = await runner.call("describe", "", AbortSignal.timeout(DESCRIBE_LIMIT_MS));
  const tools = parseTools(text);
  for (const { name } of tools) {
    if (!functions.includes(name)) throw new Error(`The module exports no function for "${name}"`);
  }
  return {
    type: "tool",
    tools: Object.fromEntries(tools.map((tool) => [tool.name, toPluginTool(tool, runner)])),
    shutdown: () => runner.close(),
  };
}

function toPluginTool(
  { name, description, input }: WasmTool,
  runner: Pick<WasmRunner, "call">,
): PluginTool {
  return {
    description,
    input,
    execute: (value, { signal }) => runner.call(name, JSON.stringify(value), signal),
  };
}

function parseTools(text: string): readonly WasmTool[] {
  const tools = parseJson(text);
  if (Array.isArray(tools) && tools.every(isWasmTool)) return tools;
  throw new Error("Its describe gives no array of tools, each with name, description and input");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("Its describe gives no JSON", { cause });
  }
}

function isWasmTool(value: unknown): value is WasmTool {
  if (typeof value !== "object" || value === null) return false;
  if (!("name" in value && "description" in value && "input" in value)) return false;
  const { name, description, input } = value;
  return typeof name === "string" && typeof description === "string" &&
    typeof input === "object" && input !== null;
}
