// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import type { CallOptions } from "../options.ts";

/** What every in-memory store begins a call with, and how it ends. */
export class Guard {
  #isClosed = false;

  /** Throws when the call is aborted or the store closed. */
  check(task: Task, options: CallOptions): void {
    options.signal?.throwIfAborted();
    if (this.#isClosed) throw cannot(task, "closed", "the store is closed");
  }

  /** Lets every later call fail. */
  close(): void {
    this.#isClosed = true;
  }
}
