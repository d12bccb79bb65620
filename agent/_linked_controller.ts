// SPDX-License-Identifier: Apache-2.0

/** Aborts when it is told to, or together with another signal. Disposing of it lets go of that one. */
export class LinkedController implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #follow = (): void => this.#controller.abort(this.#parent.reason);

  constructor(parent: AbortSignal) {
    this.#parent = parent;
    if (parent.aborted) this.#follow();
    else parent.addEventListener("abort", this.#follow, { once: true });
  }

  /** Aborts with the first reason of the two. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts. */
  abort(reason?: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    this.#parent.removeEventListener("abort", this.#follow);
  }
}
