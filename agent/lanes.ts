// SPDX-License-Identifier: Apache-2.0

/** Options of {@linkcode Lanes.acquire}. */
export interface LaneOptions {
  /** When it aborts, the wait is given up and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A lane that is held. Releasing it lets the next one in; releasing it again does nothing. */
export interface Lane extends Disposable {
  /** Gives the lane up. */
  release(): void;
}

/**
 * Lets one at a time through each lane, first come first served. Different lanes do not wait for
 * each other, and a lane that nobody holds leaves nothing behind.
 *
 * @example Usage
 * ```ts
 * import { Lanes } from "@sigil/agent";
 *
 * const lanes = new Lanes();
 * {
 *   using _lane = await lanes.acquire("session-1");
 *   // nobody else is in lane "session-1" until the block ends
 * }
 * ```
 */
export class Lanes {
  /** Who waits in each lane that is held, the first one first. */
  readonly #waiting = new Map<string, Set<() => void>>();

  /** How many lanes are held. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits until the lane is free, and takes it.
   *
   * @throws The signal's reason, when it aborts first.
   */
  async acquire(key: string, options: LaneOptions = {}): Promise<Lane> {
    options.signal?.throwIfAborted();
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) return await this.#wait(key, waiting, options.signal);
    this.#waiting.set(key, new Set());
    return this.#hold(key);
  }

  #wait(key: string, waiting: Set<() => void>, signal: AbortSignal | undefined): Promise<Lane> {
    const { promise, resolve, reject } = Promise.withResolvers<Lane>();
    const enter = () => {
      signal?.removeEventListener("abort", leave);
      resolve(this.#hold(key));
    };
    const leave = () => {
      waiting.delete(enter);
      reject(signal?.reason);
    };
    waiting.add(enter);
    signal?.addEventListener("abort", leave, { once: true });
    return promise;
  }

  #hold(key: string): Lane {
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      this.#letNextIn(key);
    };
    return { release, [Symbol.dispose]: release };
  }

  #letNextIn(key: string): void {
    const waiting = this.#waiting.get(key);
    const [enter] = waiting ?? [];
    if (waiting === undefined || enter === undefined) {
      this.#waiting.delete(key);
      return;
    }
    waiting.delete(enter);
    enter();
  }
}
