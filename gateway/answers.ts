// SPDX-License-Identifier: Apache-2.0

import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";
import { GatewayError } from "./errors.ts";

/** One answer under way: a stream or a request that waits for a model. */
export class Answer implements Disposable {
  readonly #controller: AbortController = new AbortController();
  readonly #onEnd: (answer: Answer) => void;
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
 * Passes events on, and stops the answer when none came for too long.
 *
 * Also a source that ignores its signal is left behind: the loop ends with the signal's reason.
 *
 * @throws {GatewayError} With code `deadline_exceeded`; or the reason that the answer was stopped with.
 */
export async function* untilSilent<T>(
  events: AsyncIterable<T>,
  answer: Answer,
  options: { readonly clock: Clock; readonly silenceMs: number },
): AsyncGenerator<T, void, void> {
  const iterator = events[Symbol.asyncIterator]();
  const watch = new SilenceWatch(answer, options.clock, options.silenceMs);
  try {
    while (true) {
      const next = await abortable(iterator.next(), answer.signal);
      if (next.done) return;
      watch.heard();
      yield next.value;
      watch.heard(); // the time that the reader took is not the model's silence
    }
  } finally {
    watch.cancel();
    // Not awaited: a source that hangs in its last step would hang us too.
    iterator.return?.()?.catch?.(() => {});
  }
}

/** Stops an answer once nothing was heard for a time. One timer for a whole stream, however many events. */
class SilenceWatch {
  readonly #answer: Answer;
  readonly #clock: Clock;
  readonly #silenceMs: number;
  #heardAt: number;
  #cancel: () => void;

  constructor(answer: Answer, clock: Clock, silenceMs: number) {
    this.#answer = answer;
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#heardAt = clock.now().getTime();
    this.#cancel = clock.schedule(() => this.#check(), silenceMs);
  }

  heard(): void {
    this.#heardAt = this.#clock.now().getTime();
  }

  cancel(): void {
    this.#cancel();
  }

  #check(): void {
    const restMs = this.#heardAt + this.#silenceMs - this.#clock.now().getTime();
    if (restMs > 0) {
      this.#cancel = this.#clock.schedule(() => this.#check(), restMs);
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
