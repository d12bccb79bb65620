// SPDX-License-Identifier: Apache-2.0

import { setTimeout } from "node:timers/promises";
import { type Api, GrammyError, HttpError } from "npm:grammy@^1.46.0/web";

/** grammY names the signal of another library, from before the platform had its own. */
export type ApiSignal = Parameters<Api["getMe"]>[0];

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;

/** How {@linkcode patiently} tries. */
export interface Patience {
  /** Aborts when nobody waits any more. */
  readonly signal: AbortSignal;
  /** Told what went wrong, before the next try. */
  readonly onTrouble?: ((error: Error) => void) | undefined;
  /** Told that Telegram took a call. */
  readonly onAnswer?: (() => void) | undefined;
}

/**
 * Makes a call until Telegram takes or refuses it: after a cut or a fault of the server it tries
 * again, ever more slowly, and after a 429 when the server says.
 */
export async function patiently<T>(
  call: (signal: ApiSignal) => Promise<T>,
  { signal, onTrouble = () => {}, onAnswer = () => {} }: Patience,
): Promise<T> {
  for (let attempt = 0;; attempt++) {
    signal.throwIfAborted();
    try {
      const answer = await call(signal as unknown as ApiSignal);
      onAnswer();
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
      onTrouble(error);
      await setTimeout(waitMs(error, attempt), undefined, { signal }).catch(() => {});
    }
  }
}

function isPassing(error: unknown): error is GrammyError | HttpError {
  if (error instanceof HttpError) return true;
  // 409: another process of this bot still listens, such as the one before this.
  return error instanceof GrammyError &&
    (error.error_code === 409 || error.error_code === 429 || error.error_code >= 500);
}

function waitMs(error: GrammyError | HttpError, attempt: number): number {
  const seconds = error instanceof GrammyError ? error.parameters.retry_after : undefined;
  return seconds === undefined
    ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt)
    : seconds * 1000;
}
