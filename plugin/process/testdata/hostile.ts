// SPDX-License-Identifier: Apache-2.0

/**
 * Programs that speak to the host without our boot, each wrong in its own way: `hostile.ts <name>`.
 *
 * @module
 */

const HELLO = frame(1, 0, [83, 73, 71, 73, 76, 0, 0, 1]);
const HEALTHY = [8, 1];

const programs: Record<string, () => Promise<void>> = {
  async garbage() {
    write(new TextEncoder().encode("Starting the server on port 8080...\n"));
    await forever();
  },
  async silence() {
    await forever();
  },
  async old_protocol() {
    write(frame(1, 0, [83, 73, 71, 73, 76, 0, 0, 0]));
    await forever();
  },
  async forged_stream() {
    await answerHealth();
    write(frame(5, 4711, HEALTHY));
    await forever();
  },
  async huge_length() {
    await answerHealth();
    write(new Uint8Array([255, 255, 255, 255, 4, 0, 0, 0, 1]));
    await forever();
  },
  async invalid_protobuf() {
    await answerHealth();
    await nextFrame();
    write(frame(5, 3, [255, 255, 255]));
    await forever();
  },
  async late_answer() {
    await answerHealth();
    await nextFrame(); // The call, which is not answered in time.
    await nextFrame(); // Its cancel.
    write(frame(5, 3, HEALTHY));
    await nextFrame(); // The next call.
    write(frame(5, 5, HEALTHY));
    await forever();
  },
  async dies_mid_stream() {
    await answerHealth();
    await nextFrame();
    write(frame(4, 3, [10, 1, 97]));
    Deno.exit(3);
  },
  async half_a_frame() {
    await answerHealth();
    await nextFrame();
    write(frame(4, 3, [10, 1, 97]).subarray(0, 10));
    Deno.exit(0);
  },
  async flood_of_messages() {
    await answerHealth();
    await nextFrame();
    for (;;) write(frame(4, 3, [10, 1, 97]));
  },
  async flood_of_calls() {
    await answerHealth();
    for (let id = 2;; id += 2000) {
      const frames = Array.from({ length: 1000 }, (_, index) => {
        return frame(2, id + 2 * index, [0, 0, 0, 0, 1, 120]);
      });
      write(new Uint8Array(frames.flatMap((bytes) => [...bytes])));
    }
  },
  async flood_of_cancels() {
    await answerHealth();
    for (;;) write(frame(3, 2, [1]));
  },
};

await programs[Deno.args[0] ?? ""]?.();

async function answerHealth(): Promise<void> {
  write(HELLO);
  await nextFrame(); // The greeting.
  await nextFrame(); // Health.
  write(frame(5, 1, HEALTHY));
}

function frame(type: number, stream: number, payload: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(9 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length);
  view.setUint8(4, type);
  view.setUint32(5, stream);
  bytes.set(payload, 9);
  return bytes;
}

function write(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

async function nextFrame(): Promise<void> {
  const header = await read(9);
  await read(new DataView(header.buffer).getUint32(0));
}

async function read(length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const count = await Deno.stdin.read(bytes.subarray(at));
    if (count === null) Deno.exit(0);
    at += count;
  }
  return bytes;
}

/** Reads what comes, so that the process does not end by itself. */
async function forever(): Promise<void> {
  for (;;) await read(1);
}
