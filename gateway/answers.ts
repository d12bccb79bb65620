// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";

/** One answer under way: a stream or a request that waits for a model. */
export class Answer implements Disposable {
  readonly #controller: AbortController = new AbortController();
  readonly #onEnd: (answer: Answer) => void;
  #onStop: ((reason: unknown) => void) | undefined;
  /** The user who asked. */
  readonly userId: string;

  /** Made by {@linkcode Answers.begin}. */
  constructor(userId: string, onEnd: (answer: Answer) => void) {
    this.userId = userId;
    this.#onEnd = onEnd;
  }

  /** Aborts when the answer must stop: the client left, time is up, or the gateway stops. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Stops the work; the reason reaches the client when it is a {@linkcode GatewayError}. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
    this.#onStop?.(this.signal.reason);
  }

  /**
   * Waits for a step of the work, one at a time, unless the answer must stop: also a step that ignores
   * the signal is left behind.
   *
   * @throws The reason that the answer was stopped with.
   */
  untilStopped<T>(step: Promise<T>): Promise<T> {
    // A promise for each step: what is made once for all steps would hold on to each of them.
    return new Promise((resolve, reject) => {
      this.#onStop = reject;
      step.then(resolve, reject);
      if (this.signal.aborted) reject(this.signal.reason);
    });
  }

  /** The answer is over, and counts no more. */
  end(): void {
    this.#onEnd(this);
  }

  /** The same as {@linkcode end}. */
  [Symbol.dispose](): void {
    this.end();
  }
}

/** Counts the answers under way, for each user, and ends them when the gateway stops. */
export class Answers {
  readonly #maxPerUser: number;
  readonly #open: Set<Answer> = new Set();
  readonly #perUser: Map<string, number> = new Map();
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  /** Makes an empty one. */
  constructor(maxPerUser: number) {
    this.#maxPerUser = maxPerUser;
  }

  /** How many are under way. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Begins an answer. Whoever begins it ends it.
   *
   * @throws {GatewayError} With code `too_many_streams` or `shutting_down`.
   */
  begin(userId: string): Answer {
    if (this.#isClosing) throw shuttingDown();
    const count = this.#perUser.get(userId) ?? 0;
    if (count >= this.#maxPerUser) throw tooMany(this.#maxPerUser);
    this.#perUser.set(userId, count + 1);
    const answer = new Answer(userId, (ended) => this.#end(ended));
    this.#open.add(answer);
    return answer;
  }

  /** Begins no more, lets the open ones finish until the deadline, and stops the rest. */
  async drain(deadlineMs: number, clock: Clock): Promise<void> {
    this.#isClosing = true;
    if (this.#open.size === 0) return;
    const empty = Promise.withResolvers<void>();
    this.#onEmpty = empty.resolve;
    const cancel = clock.schedule(() => this.#stopAll(), deadlineMs);
    await empty.promise;
    cancel();
  }

  #stopAll(): void {
    for (const answer of this.#open) answer.stop(shuttingDown());
  }

  #end(answer: Answer): void {
    if (!this.#open.delete(answer)) return;
    const count = (this.#perUser.get(answer.userId) ?? 1) - 1;
    if (count === 0) this.#perUser.delete(answer.userId);
    else this.#perUser.set(answer.userId, count);
    if (this.#open.size === 0) this.#onEmpty?.();
  }
}

/**
 * Passes events on, and stops the answer when none came for too long. Only the time counts in which
 * one is waited for: that of the reader is not the model's silence.
 *
 * Also a source that ignores its signal is left behind: the loop ends with the signal's reason.
 *
 * @throws {GatewayError} With code `deadline_exceeded`; or the reason that the answer was stopped with.
 */
export function untilSilent<T>(
  events: AsyncIterable<T>,
  answer: Answer,
  options: { readonly clock: Clock; readonly silenceMs: number },
): AsyncIterableIterator<T, void, void> {
  return new UntilSilent(events[Symbol.asyncIterator](), answer, options);
}

/** One timer for a whole answer, however many events: it looks when it fires for how long none came. */
class UntilSilent<T> implements AsyncIterableIterator<T, void, void> {
  readonly #events: AsyncIterator<T>;
  readonly #answer: Answer;
  readonly #clock: Clock;
  readonly #silenceMs: number;
  #isOver = false;
  /** Since when an event is waited for; undefined while the reader is busy with one. */
  #since: number | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(
    events: AsyncIterator<T>,
    answer: Answer,
    { clock, silenceMs }: { readonly clock: Clock; readonly silenceMs: number },
  ) {
    this.#events = events;
    this.#answer = answer;
    this.#clock = clock;
    this.#silenceMs = silenceMs;
  }

  async next(): Promise<IteratorResult<T, void>> {
    if (this.#isOver) return { done: true, value: undefined };
    this.#since = this.#clock.now().getTime();
    this.#cancelTimer ??= this.#clock.schedule(() => this.#check(), this.#silenceMs);
    try {
      const next = await this.#answer.untilStopped(this.#events.next());
      this.#since = undefined;
      if (!next.done) return next;
    } catch (error) {
      this.#end();
      throw error;
    }
    this.#end();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T, void>> {
    this.#end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelTimer?.();
    // Not awaited: a source that hangs in its last step would hang us too.
    this.#events.return?.()?.catch?.(() => {});
  }

  #check(): void {
    const now = this.#clock.now().getTime();
    const restMs = (this.#since ?? now) + this.#silenceMs - now;
    if (restMs > 0) {
      this.#cancelTimer = this.#clock.schedule(() => this.#check(), restMs);
      return;
    }
    const seconds = this.#silenceMs / 1000;
    const message = `Cannot answer the request: the model was silent for ${seconds} seconds`;
    this.#answer.stop(new GatewayError("deadline_exceeded", message));
  }
}

function shuttingDown(): GatewayError {
  const message = "Cannot go on with the answer: the gateway is shutting down";
  return new GatewayError("shutting_down", message, { retryAfterMs: 5_000 });
}

function tooMany(limit: number): GatewayError {
  const message = `Cannot begin another answer: ${limit} are under way already`;
  return new GatewayError("too_many_streams", message, { retryAfterMs: 1_000 });
}
