// SPDX-License-Identifier: Apache-2.0

/** What a user says, and where. */
export interface TurnRequest {
  /** The workspace. */
  readonly workspaceId: string;
  /** The user who speaks. */
  readonly userId: string;
  /** The session to go on with; made when nothing has that id, and a new one when absent. */
  readonly sessionId?: string | undefined;
  /** What is said. Not empty. */
  readonly content: string;
  /** `provider/model`; the session's, the workspace's or the default model when absent. */
  readonly model?: string | undefined;
  /** Kept with the user's message. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** Tokens that a turn used, all its model calls together. */
export interface TurnUsage {
  /** Tokens read, those from a cache included. */
  readonly inputTokens: number;
  /** Tokens written, thinking included. */
  readonly outputTokens: number;
  /** Tokens read from the vendor's cache. */
  readonly cacheReadTokens: number;
  /** Tokens written to the vendor's cache. */
  readonly cacheWriteTokens: number;
}

/**
 * Why a turn failed, as a stable word: those of the provider, and those of the agent itself.
 *
 * - `invalid_input`: the request is malformed, for instance empty.
 * - `not_found`: there is no such workspace.
 * - `forbidden`: the session belongs to another user or workspace, or the user may not use the workspace.
 * - `tool_loop`: the model asked for tools more often than is allowed in one turn.
 * - `storage`: a message could not be stored.
 * - `internal`: anything else.
 */
export type TurnErrorCode =
  | "auth"
  | "rate_limit"
  | "context_length"
  | "overloaded"
  | "network"
  | "bad_request"
  | "unknown_model"
  | "budget"
  | "unavailable"
  | "invalid_response"
  | "invalid_input"
  | "not_found"
  | "forbidden"
  | "tool_loop"
  | "storage"
  | "internal";

/**
 * One event of a turn. `started` is the first; exactly one `done` or `error` is the last.
 *
 * When `done` is seen, the user's message and the answer are stored.
 */
export type TurnEvent =
  | {
    readonly type: "started";
    readonly sessionId: string;
    readonly messageId: string;
    readonly model: string;
  }
  | { readonly type: "text_delta"; readonly text: string }
  | {
    readonly type: "tool_call";
    readonly id: string;
    readonly name: string;
    readonly arguments: string;
  }
  | {
    readonly type: "tool_result";
    readonly id: string;
    readonly name: string;
    readonly content: string;
    readonly isError: boolean;
  }
  | { readonly type: "usage"; readonly usage: TurnUsage }
  | { readonly type: "done"; readonly messageId: string; readonly content: string }
  | {
    readonly type: "error";
    readonly code: TurnErrorCode;
    readonly message: string;
    readonly retryAfterMs?: number | undefined;
  };

/** Options of a turn. */
export interface TurnOptions {
  /** When it aborts, the work stops down to the vendor's connection and the turn throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Answers people, one turn at a time in each session. */
export interface Agent extends AsyncDisposable {
  /**
   * Runs one turn: stores what was said, asks the model, runs tools, stores the answer.
   *
   * Breaking out of the loop stops the work. Turns of one session wait for each other in order.
   */
  turn(request: TurnRequest, options?: TurnOptions): AsyncIterable<TurnEvent>;
  /** Waits for turns under way, takes no new ones, and finishes rolling messages into memory. */
  close(): Promise<void>;
}
