// SPDX-License-Identifier: Apache-2.0

import type { BytePipe, BytePipeReader } from "../transport/byte_pipe.ts";

/** Makes the two ends of a pipe within this process. */
export function memoryPipes(): readonly [BytePipe, BytePipe] {
  const left = new MemoryPipe();
  const right = new MemoryPipe();
  left.connect(right);
  right.connect(left);
  return [left, right];
}

class MemoryPipe implements BytePipe {
  #other: MemoryPipe | undefined;
  #reader: BytePipeReader | undefined;
  #unread: Uint8Array[] = [];
  #closed = false;

  connect(other: MemoryPipe): void {
    this.#other = other;
  }

  start(reader: BytePipeReader): void {
    this.#reader = reader;
    for (const bytes of this.#unread.splice(0)) reader.data(bytes);
  }

  /** What arrives is a copy, and arrives later, as from another process. */
  async write(bytes: Uint8Array): Promise<void> {
    const copy = bytes.slice();
    await Promise.resolve();
    this.#other?.receive(copy);
  }

  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#reader === undefined) this.#unread.push(bytes);
    else this.#reader.data(bytes);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.end();
    this.#other?.close();
  }
}
