// SPDX-License-Identifier: Apache-2.0

import type { JsonObject as ProtoJsonObject, MessageInitShape } from "@bufbuild/protobuf";
import type { ToolDefinitionSchema } from "@sigil/proto/common/v1";
import { type ExecuteChunkSchema, type ExecuteRequest, Tool } from "@sigil/proto/plugin/v1/tool";
import type {
  PluginTool,
  StandardSchema,
  ToolContext,
  ToolOutput,
  ToolPlugin,
} from "../sdk/mod.ts";
import {
  type AnswerSender,
  type RpcContext,
  type SendAnswers,
  type ServedService,
  service,
} from "../transport/serve_services.ts";
import { errorText } from "./_error_text.ts";
import type { ContextMaker } from "./_context.ts";

/** Long texts go in parts, so that a slow reader holds up the plugin and not the gateway's memory. */
const PART_CHARACTERS = 16 * 1024;

type Chunk = MessageInitShape<typeof ExecuteChunkSchema>;

const DONE: Chunk = { chunk: { case: "done", value: true } };

/** Answers the Tool service with the tools of a plugin. */
export function toolService(plugin: ToolPlugin, makeContext: ContextMaker): ServedService {
  return service(Tool, {
    async describe() {
      return { tools: Object.entries(plugin.tools).map(describeTool) };
    },
    execute: (request, context) => execute(plugin, request, toolContext(request, context)),
  });

  /** Not a copy: it would make the signal, which most tools never look at. */
  function toolContext({ sessionId }: ExecuteRequest, context: RpcContext): ToolContext {
    return Object.assign(makeContext(context), { sessionId });
  }
}

function describeTool([name, tool]: [string, PluginTool]): MessageInitShape<
  typeof ToolDefinitionSchema
> {
  return { name, description: tool.description, inputSchema: jsonSchemaOf(tool.input) };
}

function jsonSchemaOf(input: PluginTool["input"]): ProtoJsonObject {
  const schema = isStandard(input)
    ? input["~standard"].jsonSchema.input({ target: "draft-2020-12" })
    : input;
  return JSON.parse(JSON.stringify(schema));
}

function isStandard(input: PluginTool["input"]): input is StandardSchema {
  return "~standard" in input;
}

/** What a tool gives as a whole goes out as a whole. */
async function execute(
  plugin: ToolPlugin,
  request: ExecuteRequest,
  context: ToolContext,
): Promise<SendAnswers<Chunk> | readonly Chunk[]> {
  try {
    const tool = plugin.tools[request.toolName];
    if (tool === undefined || !Object.hasOwn(plugin.tools, request.toolName)) {
      throw new Error(`There is no tool "${request.toolName}"`);
    }
    const input = parseArguments(request.arguments);
    const checked = isStandard(tool.input) ? await check(tool.input, input) : asObject(input);
    const output = await tool.execute(checked, context);
    if (typeof output === "object") return (answers) => sendParts(output, answers);
    return [...textChunks(output), DONE];
  } catch (error) {
    return [errorChunk(error)];
  }
}

/** It leaves the tool as soon as nobody waits for more. */
async function sendParts(
  output: Exclude<ToolOutput, string>,
  answers: AnswerSender<Chunk>,
): Promise<void> {
  try {
    for await (const text of output) {
      for (const chunk of textChunks(text)) {
        const sent = answers.send(chunk);
        if (sent !== undefined) await sent;
      }
      if (answers.closed) return;
    }
    await answers.finish(DONE);
  } catch (error) {
    await answers.finish(errorChunk(error));
  }
}

function errorChunk(error: unknown): Chunk {
  return { chunk: { case: "error", value: errorText(error) } };
}

function parseArguments(text: string): unknown {
  return JSON.parse(text === "" ? "{}" : text);
}

async function check(schema: StandardSchema, input: unknown): Promise<Record<string, unknown>> {
  const result = await schema["~standard"].validate(input);
  if (result.issues === undefined) return asObject(result.value);
  const reasons = result.issues.map((issue) => issue.message);
  throw new Error(`The arguments are not what the tool takes: ${reasons.join("; ")}`);
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error("The arguments are not an object");
}

function textChunks(text: string): readonly Chunk[] {
  if (typeof text !== "string") throw new TypeError("A tool gave something that is not text");
  if (text.length > 0 && text.length <= PART_CHARACTERS) return [textChunk(text)];
  const chunks: Chunk[] = [];
  for (let at = 0; at < text.length;) {
    const end = partEnd(text, at);
    chunks.push(textChunk(text.slice(at, end)));
    at = end;
  }
  return chunks;
}

function textChunk(value: string): Chunk {
  return { chunk: { case: "text", value } };
}

/** Never between the two halves of a character. */
function partEnd(text: string, at: number): number {
  const end = Math.min(at + PART_CHARACTERS, text.length);
  const unit = text.charCodeAt(end - 1);
  const splits = end < text.length && unit >= 0xd800 && unit < 0xdc00;
  return splits ? end - 1 : end;
}
