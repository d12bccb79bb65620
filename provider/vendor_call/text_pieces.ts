// SPDX-License-Identifier: Apache-2.0

const OPTIONS = { ignoreBOM: true } as const;
/** Has no state as long as it is not told to stream, so that all share it. */
const WHOLE_LETTERS = new TextDecoder("utf-8", OPTIONS);
const BYTE_ORDER_MARK = "\uFEFF";
const FIRST_BYTE_OF_LONG_LETTERS = 0x80;

/** Reads the pieces of a text in UTF-8, wherever they are cut. A mark of the byte order is left out. */
export class TextPieces {
  #decoder: TextDecoder | undefined;
  /** Whether the last piece ended where a letter may have begun. */
  #isInLetter = false;
  #isAtStart = true;

  /** Takes the next bytes, and gives the text that they complete. */
  push(bytes: Uint8Array): string {
    const text = this.#decode(bytes);
    if (text === "" || !this.#isAtStart) return text;
    this.#isAtStart = false;
    return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  }

  /** Gives what stands for a letter that was cut off at the end. */
  end(): string {
    return this.#isInLetter ? this.#decoder?.decode() ?? "" : "";
  }

  /** A decoder that remembers is slower, and needed for letters that were cut alone. */
  #decode(bytes: Uint8Array): string {
    const last = bytes.at(-1);
    if (last === undefined) return "";
    const endsInLetter = last >= FIRST_BYTE_OF_LONG_LETTERS;
    if (!this.#isInLetter && !endsInLetter) return WHOLE_LETTERS.decode(bytes);
    this.#isInLetter = endsInLetter;
    this.#decoder ??= new TextDecoder("utf-8", OPTIONS);
    return this.#decoder.decode(bytes, { stream: true });
  }
}
