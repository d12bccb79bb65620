// SPDX-License-Identifier: Apache-2.0

import { TextPieces } from "../vendor_call/text_pieces.ts";

/** How much is kept of what is no event, in characters. */
const MAX_STRAY = 16_384;

/**
 * Reads the data out of server-sent events, however their bytes are cut.
 *
 * Comments and all fields but `data` are passed over. How long an event may be is not its matter.
 */
export class EventReader {
  readonly #text = new TextPieces();
  /** Whether the last piece ended with a carriage return: a line feed after it ends no further line. */
  #isAfterReturn = false;
  /** The beginning of a line whose end has not come. */
  #line = "";
  /** The data of the event that is being read. */
  #data: string | undefined;
  #stray = "";

  /** JSON that stands bare where events should: so some servers tell an error. At most 16 KB of it. */
  get stray(): string {
    return this.#stray;
  }

  /** Takes the next bytes, and gives the data of each event that ends in them. */
  push(bytes: Uint8Array): readonly string[] {
    const text = this.#decode(bytes);
    const found: string[] = [];
    let from = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", from)) {
      const rest = text.slice(from, end);
      this.#endLine(this.#line === "" ? rest : this.#line + rest, found);
      this.#line = "";
      from = end + 1;
    }
    // Not searched again before its end is there, so that a long line costs no more than its length.
    this.#line += text.slice(from);
    return found;
  }

  /** Gives the data of an event that the stream ended with, without the empty line after it. */
  end(): readonly string[] {
    const found: string[] = [];
    this.#endLine(this.#line, found);
    this.#endLine("", found);
    this.#line = "";
    return found;
  }

  #endLine(line: string, found: string[]): void {
    if (line === "") {
      if (this.#data !== undefined) found.push(this.#data);
      this.#data = undefined;
    } else if (line.startsWith("data:")) {
      const data = line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5);
      this.#data = this.#data === undefined ? data : `${this.#data}\n${data}`;
    } else if (line === "data") {
      this.#data = this.#data === undefined ? "" : `${this.#data}\n`;
    } else if (this.#stray.length < MAX_STRAY && (this.#stray !== "" || line.startsWith("{"))) {
      this.#stray += line.slice(0, MAX_STRAY);
    }
  }

  /** Gives text in which every line ends with a line feed. */
  #decode(bytes: Uint8Array): string {
    let text = this.#text.push(bytes);
    if (text === "") return text;
    if (this.#isAfterReturn && text.startsWith("\n")) text = text.slice(1);
    this.#isAfterReturn = text.endsWith("\r");
    return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
  }
}
