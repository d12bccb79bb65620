// SPDX-License-Identifier: Apache-2.0

import type { ChatOptions, ProviderErrorCode, Usage } from "@sigil/provider";
import type { AgentSettings } from "./options.ts";

/** Something that was said before a session began, as whoever asks tells it. */
export interface EarlierMessage {
  /** Who is told to have said it. */
  readonly role: "user" | "assistant";
  /** The words. Empty ones are passed over. */
  readonly content: string;
}

/** What became of the history that a turn brought. */
export interface BroughtHistory {
  /** How many messages the session now holds of it: the newest. */
  readonly taken: number;
  /** How many were too old to be taken as well. */
  readonly leftOut: number;
}

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
  /** How the model should answer; what is left out is as the agent's settings say. */
  readonly options?: ChatOptions | undefined;
  /** Kept with the user's message. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /**
   * What was said before, elsewhere, oldest first. Taken over by a session that holds nothing yet, and
   * passed over by any other, which knows better.
   *
   * The newest 200 messages are taken, up to 500,000 characters of them. Each is kept with
   * `origin: "client"` in its metadata. The model is shown all of it as what was said; words of the
   * user among it count as the user's, and those of the assistant as text from outside.
   */
  readonly history?: readonly EarlierMessage[] | undefined;
}

/** Tokens that a turn used, all its model calls together. */
export type TurnUsage = Usage;

/**
 * Why a turn failed, as a stable word: those of the provider, two of which mean more here, and those
 * of the agent itself.
 *
 * - `invalid_input`: the request is malformed, for instance empty.
 * - `not_found`: there is no such workspace.
 * - `forbidden`: the session belongs to another user or workspace, or the user may not use the workspace.
 * - `tool_loop`: the model asked for tools more often than is allowed in one turn.
 * - `budget`: a limit of the session on tokens, or one of the provider, is reached.
 * - `unavailable`: the agent is closed, or the provider is.
 * - `storage`: a message, or the record of the turn, could not be stored.
 * - `internal`: anything else.
 */
export type TurnErrorCode =
  | ProviderErrorCode
  | "invalid_input"
  | "not_found"
  | "forbidden"
  | "tool_loop"
  | "storage"
  | "internal";

/**
 * One event of a turn. `started` is the first; exactly one `done` or `error` is the last.
 *
 * - A turn that is refused before anything is stored is a single `error`.
 * - When `started` is seen, the user's message is stored. When `done` is seen, so is the answer.
 * - A `tool_call` is about to run; its `tool_result` holds what the model is shown, without the tag.
 *   Results come in the order of the calls.
 * - `usage` comes once, before the last event, unless the turn used nothing.
 * - The `content` of `done` is that of the message which it names. What the model said before it
 *   asked for tools are messages of their own.
 * - After an `error` or an abort, what the model had said is stored, marked `interrupted`.
 */
export type TurnEvent =
  | {
    readonly type: "started";
    readonly sessionId: string;
    readonly messageId: string;
    readonly model: string;
    /** What became of the history that the turn brought; absent when it was passed over. */
    readonly brought?: BroughtHistory | undefined;
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
   * The events are for one reader, and nothing runs before the first is asked for. Turns of one session
   * wait for each other in that order. Breaking out of the loop stops the work; a reader that neither
   * reads on nor leaves holds the session until the signal aborts.
   *
   * @throws The signal's reason, when it aborts. Whatever else goes wrong is an `error` event.
   */
  turn(request: TurnRequest, options?: TurnOptions): AsyncIterable<TurnEvent>;
  /**
   * Works by other settings from the next turn on. Turns under way go on by the present ones.
   *
   * @throws {RangeError} When a number is out of range; the agent then goes on as before.
   */
  configure(settings: AgentSettings): void;
  /** Waits for turns under way, takes no new ones, and finishes rolling messages into memory. */
  close(): Promise<void>;
}
