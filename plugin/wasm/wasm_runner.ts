// SPDX-License-Identifier: Apache-2.0

/** What a worker is asked. */
export interface WasmCall {
  /** The module. */
  readonly module: WebAssembly.Module;
  /** The function that it exports. */
  readonly name: string;
  /** What the function reads. */
  readonly input: string;
}

/** What a worker answers. */
export type WasmAnswer = { readonly text: string } | { readonly error: string };

/** Options of {@linkcode WasmRunner}. */
export interface WasmRunnerOptions {
  /** The module. */
  readonly module: WebAssembly.Module;
  /** What its worker runs, as the text of a module. */
  readonly workerSource: string;
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long a call may go on that nobody waits for any more, in milliseconds. */
  readonly graceMs: number;
  /** Told that a call went on for longer. Only the end of the process ends it. */
  readonly onStuck: () => void;
}

/**
 * Calls the functions of a WebAssembly module, one call after the other, in a worker: so a call that
 * loops does not hold up whoever waits for something else of the process.
 *
 * The worker is no wall: the process around it is. There is but one, because each takes address space
 * that a limit on memory has to leave room for, and because a busy one cannot be terminated.
 */
export class WasmRunner {
  readonly #options: WasmRunnerOptions;
  readonly #url: string;
  #worker: Worker | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** Starts nothing yet. */
  constructor(options: WasmRunnerOptions) {
    this.#options = options;
    const source = new Blob([options.workerSource], { type: "text/javascript" });
    this.#url = URL.createObjectURL(source);
  }

  /**
   * Calls a function and gives its output.
   *
   * @throws {Error} When it fails or takes too long; with the signal's reason when it aborts.
   */
  async call(name: string, input: string, signal: AbortSignal): Promise<string> {
    const { promise, resolve: done } = Promise.withResolvers<void>();
    const turn = this.#turn;
    this.#turn = promise;
    await turn;
    if (signal.aborted) done();
    signal.throwIfAborted();
    const answered = this.#ask({ module: this.#options.module, name, input });
    answered.then(() => done());
    const answer = await this.#limit(answered, signal);
    if ("text" in answer) return answer.text;
    throw new Error(answer.error);
  }

  /** Ends the worker. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    URL.revokeObjectURL(this.#url);
  }

  /** Waits for the answer, but not for ever, and sees to it that the call ends. */
  async #limit(answered: Promise<WasmAnswer>, signal: AbortSignal): Promise<WasmAnswer> {
    const { timeoutMs, graceMs, onStuck } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      return await unlessAborted(answered, AbortSignal.any([signal, timeout]));
    } catch (error) {
      const stuck = setTimeout(onStuck, graceMs);
      answered.then(() => clearTimeout(stuck));
      if (signal.aborted) throw error;
      throw new Error(`It took more than ${timeoutMs} ms`, { cause: error });
    }
  }

  /** Never rejects. A worker that fails by itself is no good for another call. */
  #ask(call: WasmCall): Promise<WasmAnswer> {
    const { promise, resolve } = Promise.withResolvers<WasmAnswer>();
    const worker = this.#worker ??= new Worker(this.#url, { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<WasmAnswer>) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#worker = undefined;
      resolve({ error: event.message });
    };
    worker.postMessage(call);
    return promise;
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
