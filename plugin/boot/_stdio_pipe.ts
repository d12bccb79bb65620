// SPDX-License-Identifier: Apache-2.0

import type { BytePipe, BytePipeReader } from "../transport/byte_pipe.ts";

const READ_BYTES = 64 * 1024;

/**
 * The pipes to the host. Sockets of `node:net` would read a little faster, and make every plugin
 * start later by a third.
 */
export function stdioPipe(): BytePipe {
  const { stdin, stdout } = Deno;
  const write = stdout.write.bind(stdout);
  const writeSync = stdout.writeSync.bind(stdout);
  let answering = true;
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
    async write(bytes) {
      let at = answering ? tryWrite(writeSync, bytes) : 0;
      answering = false;
      while (at < bytes.length) at += await write(bytes.subarray(at));
    },
    close() {},
  };
}

async function read(stdin: typeof Deno.stdin, reader: BytePipeReader): Promise<void> {
  const buffer = new Uint8Array(READ_BYTES);
  for (let count = await stdin.read(buffer); count !== null; count = await stdin.read(buffer)) {
    reader.data(buffer.slice(0, count));
  }
  reader.end();
}

function tryWrite(writeSync: typeof Deno.stdout.writeSync, bytes: Uint8Array): number {
  try {
    return writeSync(bytes);
  } catch (error) {
    if (error instanceof Deno.errors.WouldBlock) return 0; // A plugin may have set it so.
    throw error;
  }
}
