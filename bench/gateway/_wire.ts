// SPDX-License-Identifier: Apache-2.0

/**
 * As little of HTTP/1.1 as a benchmark needs. What this costs is taken from the gateways that are
 * measured, since all of it shares the same cores.
 */

const DECODER = new TextDecoder();
const HEAD_END = new Uint8Array([13, 10, 13, 10]);
const LAST_CHUNK = new Uint8Array([13, 10, 48, 13, 10, 13, 10]);
const BUFFER_BYTES = 256 * 1024;

/** What the head of a message tells of its body. */
interface Head {
  /** Where the body begins. */
  readonly bodyAt: number;
  /** Where it ends; undefined when it comes in chunks. */
  readonly end: number | undefined;
}

/** A response as it lay in the buffer: valid until the next one is asked for. */
export interface WireResponse {
  /** The status. */
  readonly status: number;
  /** Everything, the head included. */
  readonly bytes: Uint8Array;
}

/** Gathers bytes until a message is whole. */
class Inbox {
  readonly #connection: Deno.Conn;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #length = 0;

  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** What is there. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Waits for more; false when the other side has closed. */
  async more(): Promise<boolean> {
    if (this.#length === BUFFER_BYTES) {
      throw new Error("A message is longer than the buffer");
    }
    const count = await this.#connection.read(
      this.#buffer.subarray(this.#length),
    );
    this.#length += count ?? 0;
    return count !== null;
  }

  /** Forgets the first bytes. */
  drop(count: number): void {
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
  }
}

/** Reads the requests of a connection. */
export class RequestReader {
  readonly #inbox: Inbox;
  #taken = 0;

  /** Reads from that connection. */
  constructor(connection: Deno.Conn) {
    this.#inbox = new Inbox(connection);
  }

  /** Gives the body of the next request, valid until the one after; undefined when there is none. */
  async next(): Promise<Uint8Array | undefined> {
    this.#inbox.drop(this.#taken);
    this.#taken = 0;
    for (;;) {
      const { bytes } = this.#inbox;
      const head = readHead(bytes);
      const end = head && endOf(head, bytes);
      if (end !== undefined) {
        this.#taken = end;
        return bytes.subarray(head?.bodyAt, end);
      }
      if (!await this.#inbox.more()) return undefined;
    }
  }
}

/** A connection that asks and waits for the answer, again and again. */
export class ClientConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #inbox: Inbox;
  #taken = 0;

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    this.#inbox = new Inbox(connection);
  }

  /** Connects to a port of this machine. */
  static async open(port: number): Promise<ClientConnection> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    return new ClientConnection(connection);
  }

  /**
   * Sends a request and waits for the whole response.
   *
   * @param onBytes Called with all that is there, whenever more of it came.
   */
  async ask(
    request: Uint8Array,
    onBytes?: (bytes: Uint8Array) => void,
  ): Promise<WireResponse> {
    this.#inbox.drop(this.#taken);
    this.#taken = 0;
    const written = await this.#connection.write(request);
    if (written < request.length) {
      throw new Error("A request did not fit into the socket");
    }
    let head: Head | undefined;
    for (;;) {
      if (!await this.#inbox.more()) {
        throw new Error("The server closed the connection");
      }
      const { bytes } = this.#inbox;
      onBytes?.(bytes);
      head ??= readHead(bytes);
      const end = head && endOf(head, bytes);
      if (end === undefined) continue;
      this.#taken = end;
      return {
        status: Number(DECODER.decode(bytes.subarray(9, 12))),
        bytes: bytes.subarray(0, end),
      };
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

/** Writes a request for a chat completion. */
export function chatRequest(
  port: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(body));
  const lines = Object.entries({
    host: `127.0.0.1:${port}`,
    "content-type": "application/json",
    "content-length": text.length,
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `POST /v1/chat/completions HTTP/1.1\r\n${lines.join("")}\r\n`;
  return new Uint8Array([...new TextEncoder().encode(head), ...text]);
}

/** Finds bytes in bytes; -1 when they are not there. */
export function indexOfBytes(
  bytes: Uint8Array,
  wanted: Uint8Array,
  from = 0,
): number {
  const first = wanted[0] ?? -1;
  for (
    let at = bytes.indexOf(first, from);
    at !== -1;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (startsWith(bytes.subarray(at), wanted)) return at;
  }
  return -1;
}

/** Reads the head of the first message in a buffer; undefined when it is not whole. */
function readHead(bytes: Uint8Array): Head | undefined {
  const headEnd = indexOfBytes(bytes, HEAD_END);
  if (headEnd === -1) return undefined;
  const bodyAt = headEnd + HEAD_END.length;
  const text = DECODER.decode(bytes.subarray(0, headEnd));
  const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
  return {
    bodyAt,
    end: length === undefined ? undefined : bodyAt + Number(length),
  };
}

/** Tells where a message ends; undefined when that is not there yet. */
function endOf({ end }: Head, bytes: Uint8Array): number | undefined {
  if (end !== undefined) return end <= bytes.length ? end : undefined;
  // Nobody sends ahead here, so a body in chunks ends where what was read so far ends.
  return endsWith(bytes, LAST_CHUNK) ? bytes.length : undefined;
}

function startsWith(bytes: Uint8Array, wanted: Uint8Array): boolean {
  return wanted.every((byte, index) => bytes[index] === byte);
}

function endsWith(bytes: Uint8Array, wanted: Uint8Array): boolean {
  return startsWith(
    bytes.subarray(Math.max(0, bytes.length - wanted.length)),
    wanted,
  );
}
