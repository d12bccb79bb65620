// SPDX-License-Identifier: Apache-2.0

const BUFFER_BYTES = 16 * 1024;
/** Buffers that lie ready for the next bodies. */
const MAX_SPARE = 64;
const SPARE: ArrayBuffer[] = [];

/**
 * Reads a body into one buffer, over and over.
 *
 * The platform makes 64 KB anew for each read of a body unless it is given a place to read into: that
 * costs more than the read.
 */
export class BodyReader {
  readonly #bytes: ReadableStreamBYOBReader | undefined;
  readonly #chunks: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #buffer: ArrayBuffer | undefined;

  /** Locks the body. */
  constructor(body: ReadableStream<Uint8Array>) {
    try {
      this.#bytes = body.getReader({ mode: "byob" });
    } catch {
      // Only the platform's own bodies are streams of bytes; a fetch that was handed in may give others.
      this.#chunks = body.getReader();
    }
  }

  /** Gives the next piece, which is valid until the next read; nothing at the end. */
  read(): Promise<Uint8Array | undefined> {
    if (this.#bytes === undefined) return this.#readChunk();
    const buffer = this.#buffer ?? SPARE.pop() ?? new ArrayBuffer(BUFFER_BYTES);
    this.#buffer = undefined; // it is the stream's until the read is over
    return this.#bytes.read(new Uint8Array(buffer)).then(this.#take);
  }

  /** Ends the body, and with it the connection if it is not whole. Reads that wait are given its end. */
  cancel(reason: unknown): void {
    (this.#bytes ?? this.#chunks)?.cancel(reason).catch(() => {}); // it may have failed already
    this.#release();
  }

  readonly #take = (
    { done, value }: ReadableStreamReadResult<Uint8Array>,
  ): Uint8Array | undefined => {
    if (value !== undefined) this.#buffer = value.buffer as ArrayBuffer;
    if (!done) return value;
    this.#release();
    return undefined;
  };

  async #readChunk(): Promise<Uint8Array | undefined> {
    return (await this.#chunks?.read())?.value;
  }

  #release(): void {
    if (this.#buffer !== undefined && SPARE.length < MAX_SPARE) SPARE.push(this.#buffer);
    this.#buffer = undefined;
  }
}
