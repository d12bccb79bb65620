// SPDX-License-Identifier: Apache-2.0

import type { BytePipe, BytePipeReader } from "../transport/byte_pipe.ts";

const READ_BYTES = 64 * 1024;

/** So many reads bring a plugin through its start; after them it is in use. */
const FIRST_READS = 8;

const STDIN_FD = 0;

/** What is needed of `node:net`. */
interface NodeNet {
  readonly Socket: new (options: { readonly fd: number; readonly writable: boolean }) => {
    on(event: "data", listener: (bytes: Uint8Array) => void): void;
    on(event: "end" | "error", listener: () => void): void;
  };
}

/** The pipes to the host. */
export function stdioPipe(): BytePipe {
  const { stdin, stdout } = Deno;
  const write = stdout.write.bind(stdout);
  const writeSync = stdout.writeSync.bind(stdout);
  let answering = true;

  async function writeLater(bytes: Uint8Array, from: number): Promise<void> {
    for (let at = from; at < bytes.length;) at += await write(bytes.subarray(at));
  }

  return {
    start(reader) {
      read(stdin, {
        data(bytes) {
          answering = true;
          reader.data(bytes);
        },
        end: () => reader.end(),
      });
    },
    /** An answer goes out at once; what follows it gathers while it is written by a thread. */
    write(bytes) {
      const written = answering ? tryWrite(writeSync, bytes) : 0;
      answering = false;
      return written === bytes.length ? undefined : writeLater(bytes, written);
    },
    close() {},
  };
}

/**
 * Deno reads stdin in a thread, and going there and back is most of what a small call takes. A socket
 * needs no thread, but to load it would make every plugin start later by a third.
 */
async function read(stdin: typeof Deno.stdin, reader: BytePipeReader): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  for (let reads = 0; reads < FIRST_READS; reads++) {
    const count = await stdin.read(buffer);
    if (count === null) return reader.end();
    reader.data(buffer.slice(0, count));
  }
  readSocket(reader);
}

function readSocket(reader: BytePipeReader): void {
  const { Socket } = nodeNet();
  const socket = new Socket({ fd: STDIN_FD, writable: false });
  socket.on("data", ({ buffer, byteOffset, length }) => {
    reader.data(new Uint8Array(buffer, byteOffset, length)); // It may be a Buffer, which is other.
  });
  socket.on("end", () => reader.end());
  socket.on("error", () => reader.end());
}

function nodeNet(): NodeNet {
  const process: { getBuiltinModule(name: "node:net"): NodeNet } = Reflect.get(
    globalThis,
    "process",
  );
  return process.getBuiltinModule("node:net");
}

function tryWrite(writeSync: typeof Deno.stdout.writeSync, bytes: Uint8Array): number {
  try {
    return writeSync(bytes);
  } catch {
    return 0; // A plugin may have set it not to block. Whatever else it is, the next write tells.
  }
}
