// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import { plainMessage } from "./_plain_message.ts";
import { CANNOT, SCRATCH } from "./_wire.ts";

/**
 * Encodes and decodes messages of one type, as `@bufbuild/protobuf` does.
 *
 * What is plain, as the messages of most calls are, takes a fraction of the time here, because no
 * buffers are made for it. The rest is left to the library: fields of rare kinds, and values and bytes
 * that are not as they should be, so that it is the library that says what is wrong with them.
 */
export interface MessageCodec {
  /** Encodes a message, or what one is made of. The bytes stay as they are until the next call. */
  encode(init: MessageInitShape<DescMessage>): Uint8Array;
  /** Decodes a message, which may hold on to the bytes. */
  decode(bytes: Uint8Array): Message;
}

const codecs = new WeakMap<DescMessage, MessageCodec>();

/** Gives the codec of a type of messages. */
export function codecOf(schema: DescMessage): MessageCodec {
  const known = codecs.get(schema);
  if (known !== undefined) return known;
  const codec = makeCodec(schema);
  codecs.set(schema, codec);
  return codec;
}

function makeCodec(schema: DescMessage): MessageCodec {
  const plain = plainMessage(schema);
  return {
    encode(init) {
      const end = plain?.write(init, 0) ?? CANNOT;
      return end === CANNOT ? toBinary(schema, create(schema, init)) : SCRATCH.subarray(0, end);
    },
    decode: (bytes) => plain?.read(bytes, 0, bytes.length) ?? fromBinary(schema, bytes),
  };
}
