// SPDX-License-Identifier: Apache-2.0

import type { BytePipe, BytePipeReader } from "../transport/byte_pipe.ts";

const READ_BYTES = 64 * 1024;

/** Larger reads get a buffer of their own. */
const SMALL_BYTES = 4 * 1024;

/** The pipes to a child's stdin and stdout. */
export class ChildPipe implements BytePipe {
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamBYOBReader;
  readonly #ended = Promise.withResolvers<void>();
  /** Read into again and again: a new one for each small answer is most of what there is to collect. */
  #buffer = new ArrayBuffer(READ_BYTES);
  /** What small reads are copied to, one after the other. */
  #kept = new Uint8Array(0);

  constructor(child: Pick<Deno.ChildProcess, "stdin" | "stdout">) {
    this.#input = child.stdin.getWriter();
    this.#output = child.stdout.getReader({ mode: "byob" });
    this.#input.closed.catch(() => {}); // A child that is gone is noticed where its output ends.
  }

  /** Resolves when nothing more will come. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  start(reader: BytePipeReader): void {
    this.#read(reader);
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#input.write(bytes);
  }

  /** Closes the child's stdin, on which it ends if it listens, and reads on to nobody. */
  close(): void {
    this.#input.close().catch(() => {});
  }

  /** Waits for nothing more. */
  abandon(): void {
    this.#output.cancel().catch(() => {});
  }

  async #read(reader: BytePipeReader): Promise<void> {
    for (let bytes = await this.#next(); bytes !== undefined; bytes = await this.#next()) {
      reader.data(bytes);
    }
    this.#ended.resolve();
    reader.end();
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      const { value, done } = await this.#output.read(new Uint8Array(this.#buffer));
      if (done) return undefined;
      this.#buffer = value.buffer;
      return this.#keep(value);
    } catch {
      return undefined; // A pipe that cannot be read has ended.
    }
  }

  #keep(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length > SMALL_BYTES) return bytes.slice();
    if (length > this.#kept.length) this.#kept = new Uint8Array(READ_BYTES);
    const kept = this.#kept.subarray(0, length);
    kept.set(bytes);
    this.#kept = this.#kept.subarray(length);
    return kept;
  }
}
