// SPDX-License-Identifier: Apache-2.0

/** Takes what comes out of a {@linkcode BytePipe}. */
export interface BytePipeReader {
  /** Takes the next bytes, which are the reader's from then on. */
  data(bytes: Uint8Array): void;
  /** Told once, when nothing more will come. */
  end(): void;
}

/** Bytes to and from the other side. */
export interface BytePipe {
  /** Starts to read. Called once. */
  start(reader: BytePipeReader): void;
  /**
   * Writes bytes, which must stay as they are until it resolves; gives nothing when that is done. Not
   * called again before. It must not let either side read before it returns: whoever writes may be in
   * the middle of something. It never throws, only rejects.
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Stops reading and writing. Calling it again does nothing. */
  close(): void;
}
