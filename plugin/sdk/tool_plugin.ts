// SPDX-License-Identifier: Apache-2.0

import type { JsonObject } from "./json.ts";
import type { CallContext, PluginHooks } from "./plugin.ts";

/** What a tool is called with. */
export interface ToolContext extends CallContext {
  /** The session on whose behalf it runs. */
  readonly sessionId: string;
}

/** The outcome of checking a value against a {@linkcode StandardSchema}. */
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/**
 * A schema of zod, or of another library that keeps to Standard Schema and can tell its JSON Schema.
 */
export interface StandardSchema {
  /** What the libraries agreed on. */
  readonly "~standard": {
    /** Checks a value. */
    validate(value: unknown): StandardResult | Promise<StandardResult>;
    /** Tells the JSON Schema of what is taken. */
    readonly jsonSchema: {
      /** Gives it in a dialect, such as `draft-2020-12`. */
      input(options: { readonly target: "draft-2020-12" }): Record<string, unknown>;
    };
  };
}

/** Text, whole or in parts as it comes. */
export type ToolOutput = string | AsyncIterable<string>;

/** One tool. */
export interface PluginTool {
  /** What it does, for the model. */
  readonly description: string;
  /**
   * What it takes, an object: as a JSON Schema, by which the gateway checks the arguments, or as a
   * schema of zod, by which they are checked here as well.
   */
  readonly input: JsonObject | StandardSchema;
  /**
   * Runs it. What it throws is told to the model as the reason why it failed.
   *
   * @param input The arguments, as the schema gives them: say in its type what they are.
   */
  execute(input: object, context: ToolContext):
    | ToolOutput
    | Promise<ToolOutput>;
}

/**
 * A plugin that brings tools.
 *
 * @example A tool
 * ```ts
 * import type { ToolPlugin } from "@sigil/plugin/sdk";
 *
 * const plugin = {
 *   type: "tool",
 *   tools: {
 *     greet: {
 *       description: "Greets somebody",
 *       input: {
 *         type: "object",
 *         properties: { name: { type: "string" } },
 *         required: ["name"],
 *       },
 *       execute: (input: { name: string }) => `Hello, ${input.name}`,
 *     },
 *   },
 * } satisfies ToolPlugin;
 * // A main module ends with: export default plugin;
 * console.log(plugin.tools.greet.execute({ name: "Ada" })); // Hello, Ada
 * ```
 */
export interface ToolPlugin extends PluginHooks {
  /** That it is one. */
  readonly type: "tool";
  /** Its tools by name: letters, digits, `_` and `-`, at most 64. */
  readonly tools: Readonly<Record<string, PluginTool>>;
}
