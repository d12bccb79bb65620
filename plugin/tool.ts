// SPDX-License-Identifier: Apache-2.0

/** A tool as the agent, and through it the model, sees it. */
export interface ToolDefinition {
  /** Letters, digits, `_` and `-`; at most 64. */
  readonly name: string;
  /** What it does, for the model. */
  readonly description: string;
  /** What its arguments look like, as a JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** On whose behalf a tool runs. */
export interface ToolContext {
  /** The workspace. */
  readonly workspaceId: string;
  /** The session. */
  readonly sessionId: string;
  /** The user. */
  readonly userId: string;
  /** When it aborts, the tool stops. */
  readonly signal: AbortSignal;
}

/** A part of what a tool gives back. An `error` is the last part. */
export type ToolChunk =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "error"; readonly message: string };

/** Something that an agent can do. Built-in tools and those of plugins have this one shape. */
export interface Tool {
  /** What the model is told. */
  readonly definition: ToolDefinition;
  /** The capability that its use needs, such as `memory.read.self`. */
  readonly capability: string;
  /** The plugin that brings it; empty for a built-in tool. */
  readonly plugin: string;
  /**
   * Runs it. Breaking out of the loop stops it.
   *
   * @param input The arguments, already validated against the tool's schema.
   */
  execute(input: Readonly<Record<string, unknown>>, context: ToolContext): AsyncIterable<ToolChunk>;
}
