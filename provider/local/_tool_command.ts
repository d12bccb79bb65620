// SPDX-License-Identifier: Apache-2.0

import type { ToolDefinition } from "../chat.ts";

/** What `/tool …` comes to: a call, or words for the user. */
export type ToolCommand =
  | { readonly type: "call"; readonly name: string; readonly arguments: string }
  | { readonly type: "say"; readonly text: string };

const COMMAND = /^\/tools?(?:\s+(?<name>\S+)(?:\s+(?<rest>[\s\S]+))?)?$/;
const PAIR = /^(?<key>[\w-]+)=(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>\S*))(?:\s+|$)/;

/** Reads `/tool name {"key": "value"}` or `/tool name key=value other="two words"`. */
export function parseToolCommand(
  text: string,
  tools: readonly ToolDefinition[],
): ToolCommand | undefined {
  const command = COMMAND.exec(text.trim());
  if (command === null) return undefined;
  const { name, rest = "" } = command.groups ?? {};
  if (name === undefined) return say(`Call one with /tool <name> key=value.\n\n${list(tools)}`);
  const tool = tools.find((one) => one.name === name);
  if (tool === undefined) return say(`No tool "${name}" is offered here.\n\n${list(tools)}`);
  const input = rest.startsWith("{") ? parseObject(rest) : parsePairs(rest.trim(), tool);
  if (typeof input === "string") return say(`Cannot call "${name}": ${input}`);
  return { type: "call", name, arguments: JSON.stringify(input) };
}

function say(text: string): ToolCommand {
  return { type: "say", text };
}

function list(tools: readonly ToolDefinition[]): string {
  if (tools.length === 0) return "There are no tools here.";
  return ["The tools are:", ...tools.map(({ name, description }) => `- ${name}: ${description}`)]
    .join("\n");
}

/** Gives the object, or why it is none. */
function parseObject(text: string): object | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
    return "its arguments are not a JSON object";
  } catch (error) {
    return error instanceof Error ? error.message : "its arguments are not JSON";
  }
}

function parsePairs(text: string, tool: ToolDefinition): object | string {
  const input = new Map<string, unknown>();
  for (let rest = text; rest !== "";) {
    const pair = PAIR.exec(rest);
    if (pair === null) return `"${rest}" is not written as key=value`;
    const { key = "", quoted, plain = "" } = pair.groups ?? {};
    const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, "$1");
    input.set(key, quoted === undefined ? typed(value, key, tool) : value);
    rest = rest.slice(pair[0].length);
  }
  return Object.fromEntries(input);
}

/** A bare word is a number, a boolean or null where it looks like one and the tool wants no text. */
function typed(value: string, key: string, { inputSchema }: ToolDefinition): unknown {
  const properties: unknown = inputSchema.properties;
  const wanted = schemaType(properties, key);
  if (wanted === "string" || !/^(?:-?\d+(?:\.\d+)?|true|false|null)$/.test(value)) return value;
  return JSON.parse(value);
}

function schemaType(properties: unknown, key: string): unknown {
  if (typeof properties !== "object" || properties === null) return undefined;
  const schema: unknown = new Map<string, unknown>(Object.entries(properties)).get(key);
  return typeof schema === "object" && schema !== null && "type" in schema
    ? schema.type
    : undefined;
}
