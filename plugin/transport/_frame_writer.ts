// SPDX-License-Identifier: Apache-2.0

import { HEADER_BYTES, writeUint32 } from "./_frame.ts";

const INITIAL_BYTES = 16 * 1024;

/** A buffer larger than this is not kept for the next batch. */
const KEPT_BYTES = 1024 * 1024;

/**
 * Above this, what is there is written without waiting for the rest of the microtasks: else many calls
 * in flight go to and fro as one batch, and each side idles while the other works.
 */
const EARLY_BYTES = 2048;

/** Above this, those who can wait should. */
const FULL_BYTES = 1024 * 1024;

/**
 * Above this, the other side asks for answers that it does not read: those who wait when it is full
 * add no more than one message of the largest size.
 */
const MAX_QUEUED_BYTES = 20 * 1024 * 1024;

/** Collects frames and writes all that a microtask brought in one go. */
export class FrameWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void> | undefined;
  readonly #onStuck: () => void;
  #buffer = new Uint8Array(INITIAL_BYTES);
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #length = 0;
  #writing = 0;
  #scheduled = false;
  #flushing = false;
  #closed = false;
  #waiting: (() => void)[] = [];

  /** `onStuck` is told when far too much is queued. */
  constructor(write: (bytes: Uint8Array) => Promise<void> | undefined, onStuck: () => void) {
    this.#write = write;
    this.#onStuck = onStuck;
  }

  /** Whether those who can wait should wait for {@linkcode drained}. */
  get full(): boolean {
    return this.#length + this.#writing > FULL_BYTES;
  }

  /** Resolves when there is room again, or nothing will be written any more. */
  drained(): Promise<void> {
    if (!this.full || this.#closed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }

  /** Adds a frame and gives the room for its payload, to be filled at once. */
  frame(type: number, stream: number, length: number): Uint8Array {
    if (this.#length + this.#writing > MAX_QUEUED_BYTES) this.#onStuck();
    if (this.#length > EARLY_BYTES) this.#flush();
    if (this.#closed) return new Uint8Array(length);
    const start = this.#length;
    const end = start + HEADER_BYTES + length;
    if (end > this.#buffer.length) this.#grow(end);
    writeUint32(this.#buffer, start, length);
    this.#buffer[start + 4] = type;
    writeUint32(this.#buffer, start + 5, stream);
    this.#length = end;
    this.#schedule();
    return this.#buffer.subarray(start + HEADER_BYTES, end);
  }

  /** Writes nothing more. */
  close(): void {
    this.#closed = true;
    this.#length = 0;
    this.#wake();
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #schedule(): void {
    if (this.#scheduled || this.#flushing) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** While one batch is written the next one gathers. */
  #flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    while (this.#length > 0 && !this.#closed) {
      const batch = this.#takeBatch();
      const written = this.#write(batch);
      if (written !== undefined) return void this.#flushAfter(batch, written);
      this.#release(batch);
    }
    this.#flushing = false;
  }

  async #flushAfter(batch: Uint8Array<ArrayBuffer>, written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch {
      this.close(); // The reader of the pipe tells that the other side is gone.
    }
    this.#release(batch);
    this.#flushing = false;
    this.#flush();
  }

  #release(batch: Uint8Array<ArrayBuffer>): void {
    this.#writing = 0;
    if (batch.buffer.byteLength <= KEPT_BYTES) this.#spare = new Uint8Array(batch.buffer);
    if (!this.full) this.#wake();
  }

  #takeBatch(): Uint8Array<ArrayBuffer> {
    const batch = this.#buffer.subarray(0, this.#length);
    this.#buffer = this.#spare ?? new Uint8Array(INITIAL_BYTES);
    this.#spare = undefined;
    this.#writing = batch.length;
    this.#length = 0;
    return batch;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
