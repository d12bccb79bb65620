// SPDX-License-Identifier: Apache-2.0

import type { CallOptions, TimeRange } from "./options.ts";

/**
 * Whether a summary stands for its messages yet.
 *
 * Rolling messages into a summary takes three steps, and a crash may fall between any two: store it
 * `pending`, store it again `confirmed`, then delete exactly the messages that it names.
 */
export type SummaryStatus = "pending" | "confirmed";

/** Every {@linkcode SummaryStatus}. */
export const SUMMARY_STATUSES: readonly SummaryStatus[] = ["pending", "confirmed"];

/** What was said in a span of time, in short. */
export interface Summary {
  /** Unique in its workspace. */
  readonly id: string;
  /** The workspace that it belongs to. */
  readonly workspaceId: string;
  /** The moment of the first message. */
  readonly fromTime: Date;
  /** The moment of the last message; not before `fromTime`. */
  readonly toTime: Date;
  /** The text. */
  readonly content: string;
  /** The messages that it stands for. */
  readonly messageIds: readonly string[];
  /** Whether it stands for them yet. */
  readonly status: SummaryStatus;
  /** When it was written, to the millisecond. */
  readonly createdAt: Date;
}

/** A {@linkcode Summary} as it is handed in: confirmed, of no named messages, and written now unless it says otherwise. */
export type SummaryInput =
  & Pick<Summary, "id" | "fromTime" | "toTime" | "content">
  & {
    readonly [Key in "workspaceId" | "messageIds" | "status" | "createdAt"]?:
      | Summary[Key]
      | undefined;
  };

/** Options of {@linkcode SummaryStore} reads. */
export interface SummaryReadOptions extends CallOptions {
  /**
   * Which summaries to give.
   *
   * @default {"confirmed"}
   */
  readonly status?: SummaryStatus | undefined;
}

/** Keeps the summaries of a workspace. */
export interface SummaryStore extends AsyncDisposable {
  /**
   * Adds a summary, or replaces the one with its id.
   *
   * @throws {StoreError} With code `invalid_input` when a field is malformed.
   */
  store(workspaceId: string, summary: SummaryInput, options?: CallOptions): Promise<void>;

  /**
   * Gives the summaries that share time with a span, oldest first; ties by id.
   *
   * Both are half-open: one that ends where the span begins, or begins where it ends, is not given.
   * A summary of a single moment is given when the span holds that moment.
   */
  getByRange(
    workspaceId: string,
    range: TimeRange,
    options?: SummaryReadOptions,
  ): Promise<readonly Summary[]>;

  /** Gives the newest `n` summaries by `createdAt`, newest first; ties with the later id first. */
  getLatest(
    workspaceId: string,
    n: number,
    options?: SummaryReadOptions,
  ): Promise<readonly Summary[]>;

  /**
   * Removes exactly these summaries. Ids that the workspace does not hold are passed over.
   *
   * @returns How many went.
   */
  deleteByIds(workspaceId: string, ids: readonly string[], options?: CallOptions): Promise<number>;

  /** Writes what is pending and closes. Calling it again does nothing. */
  close(): Promise<void>;
}
