// SPDX-License-Identifier: Apache-2.0

/** One server-sent event. */
export interface ServerSentEvent {
  /** Its id, by which a stream is resumed; empty when it has none. */
  readonly id: string;
  /** Its type. */
  readonly type: string;
  /** What it says. */
  readonly data: string;
}

/** Reads server-sent events as they come. Comments are passed over; a last event that was cut is not given. */
export async function* readEventStream(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<ServerSentEvent, void, void> {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const event = parseFrame(frame);
      if (event !== undefined) yield event;
    }
  }
}

function parseFrame(frame: string): ServerSentEvent | undefined {
  const data: string[] = [];
  let id = "";
  let type = "message";
  for (const line of frame.split("\n")) {
    const [, field, value = ""] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (field === "data") data.push(value);
    else if (field === "id") id = value;
    else if (field === "event") type = value;
  }
  return data.length === 0 ? undefined : { id, type, data: data.join("\n") };
}
