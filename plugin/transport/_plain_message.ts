// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescField,
  type DescMessage,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import {
  CANNOT,
  numberEnd,
  readNumber,
  readText,
  writeNumber,
  writeSized,
  writeText,
} from "./_wire.ts";

/** Writes and reads messages whose fields are all plain, and gives up on whatever else it meets. */
export interface PlainMessage {
  /** Writes a message into the scratch, and gives its end, or `CANNOT`. */
  write(message: unknown, at: number): number;
  /** Reads a message, or gives `undefined`. */
  read(bytes: Uint8Array, at: number, end: number): Message | undefined;
}

/** How the value of a field is written and read. */
interface ValueCodec {
  readonly wireType: 0 | 2;
  /** Writes it after its tag, and gives the end, or `CANNOT`. */
  write(value: unknown, at: number): number;
  /** Reads it from all of these bytes; `undefined` when it cannot. */
  read(bytes: Uint8Array, at: number, end: number): unknown;
}

type Fields = Record<string, unknown>;

interface PlainField {
  readonly tag: number;
  readonly value: ValueCodec;
  /** Its name, and that of the oneof that it is in. */
  readonly name: string;
  readonly oneof: string | undefined;
  /** What is not written. */
  readonly zero: unknown;
  /** Whether it is a message, of which the parts that come are joined. */
  readonly joins: boolean;
}

/** Tags of larger numbers take more than one byte. */
const MAX_FIELD_NUMBER = 15;

const NUMBER: ValueCodec = {
  wireType: 0,
  write: (value, at) => isPlainNumber(value) ? writeNumber(value, at) : CANNOT,
  read: readNumber,
};

const SCALARS: ReadonlyMap<ScalarType, ValueCodec & { readonly zero: unknown }> = new Map([
  [ScalarType.STRING, {
    wireType: 2,
    zero: "",
    write: (value: unknown, at: number) =>
      typeof value === "string" ? writeText(value, at) : CANNOT,
    read: readText,
  }],
  [ScalarType.BOOL, {
    wireType: 0,
    zero: false,
    write: (value: unknown, at: number) => {
      return typeof value === "boolean" ? writeNumber(Number(value), at) : CANNOT;
    },
    read: (bytes: Uint8Array, at: number, end: number) => readNumber(bytes, at, end) !== 0,
  }],
  [ScalarType.INT32, { ...NUMBER, zero: 0 }],
  [ScalarType.UINT32, { ...NUMBER, zero: 0 }],
]);

/** Gives what writes and reads a type of messages; `undefined` when one of its fields is not plain. */
export function plainMessage(schema: DescMessage): PlainMessage | undefined {
  const fields: PlainField[] = [];
  for (const field of schema.fields.toSorted((left, right) => left.number - right.number)) {
    const plain = plainField(field);
    if (plain === undefined) return undefined;
    fields.push(plain);
  }
  return { write: messageWriter(schema, fields), read: messageReader(schema, fields) };
}

function plainField(field: DescField): PlainField | undefined {
  const { number, localName: name, oneof } = field;
  const value = valueCodec(field);
  if (value === undefined || number > MAX_FIELD_NUMBER) return undefined;
  if (field.presence !== IMPLICIT && oneof === undefined && field.fieldKind !== "message") {
    return undefined;
  }
  return {
    tag: number * 8 + value.wireType,
    value,
    name,
    oneof: oneof?.localName,
    zero: oneof === undefined ? value.zero : undefined,
    joins: field.fieldKind === "message",
  };
}

/** `FeatureSet.FieldPresence.IMPLICIT`: what is zero is not sent. */
const IMPLICIT = 2;

function valueCodec(field: DescField): (ValueCodec & { readonly zero: unknown }) | undefined {
  switch (field.fieldKind) {
    case "scalar":
      return SCALARS.get(field.scalar);
    case "enum":
      return field.enum.open ? { ...NUMBER, zero: 0 } : undefined;
    case "message":
      return nestedCodec(field.message, field.delimitedEncoding);
    default:
      return undefined;
  }
}

/** Those of Google have forms of their own. A type that holds itself is rare enough to be left out. */
function nestedCodec(
  schema: DescMessage,
  delimited: boolean,
): (ValueCodec & { readonly zero: unknown }) | undefined {
  if (delimited || schema.typeName.startsWith("google.protobuf.")) return undefined;
  if (schema.fields.some(({ fieldKind }) => fieldKind === "message")) return undefined;
  const plain = plainMessage(schema);
  if (plain === undefined) return undefined;
  return {
    wireType: 2,
    zero: undefined,
    write: (value, at) => writeSized((start) => plain.write(value, start), at),
    read: plain.read,
  };
}

function isPlainNumber(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) < 2 ** 31;
}

function messageWriter(schema: DescMessage, fields: readonly PlainField[]): PlainMessage["write"] {
  const { typeName } = schema;
  return (message, at) => {
    if (typeof message !== "object" || message === null) return CANNOT;
    const init: Fields = message as Fields;
    if (init.$unknown !== undefined || (init.$typeName ?? typeName) !== typeName) return CANNOT;
    let next = at;
    for (const field of fields) {
      const value = field.oneof === undefined ? init[field.name] : chosen(init[field.oneof], field);
      if (value === undefined || value === null || value === field.zero) continue;
      next = writeNumber(field.tag, next);
      if (next !== CANNOT) next = field.value.write(value, next);
      if (next === CANNOT) return CANNOT;
    }
    return next;
  };
}

/** What the oneof holds, if it is this field. What it holds must not be left out: it is not absent. */
function chosen(oneof: unknown, { name }: PlainField): unknown {
  const { case: held, value } = (oneof ?? {}) as { case?: unknown; value?: unknown };
  return held === name ? value ?? NOTHING : undefined;
}

/** No codec takes it. */
const NOTHING = Symbol("nothing");

function messageReader(schema: DescMessage, fields: readonly PlainField[]): PlainMessage["read"] {
  const byTag: (PlainField | undefined)[] = [];
  for (const field of fields) byTag[field.tag] = field;
  const oneofs = schema.oneofs.map(({ localName }) => localName);
  const zero = create(schema);
  return (bytes, at, end) => {
    const message: Message & Fields = { ...zero };
    for (const name of oneofs) message[name] = { case: undefined };
    for (let next = at; next < end;) {
      const field = byTag[bytes[next] ?? 0];
      if (field === undefined) return undefined;
      next = readField(message, field, bytes, next + 1, end);
      if (next === CANNOT) return undefined;
    }
    return message;
  };
}

function hasPart(message: Fields, { name, oneof }: PlainField): boolean {
  if (oneof === undefined) return message[name] !== undefined;
  return (message[oneof] as { readonly case: unknown }).case === name;
}

function readField(
  message: Fields,
  field: PlainField,
  bytes: Uint8Array,
  at: number,
  end: number,
): number {
  const { name, oneof, value: codec, joins } = field;
  let start = at;
  let valueEnd = numberEnd(bytes, at, end);
  if (valueEnd === CANNOT) return CANNOT;
  if (codec.wireType === 2) {
    start = valueEnd;
    valueEnd += readNumber(bytes, at, start);
    if (valueEnd > end) return CANNOT;
  }
  if (joins && hasPart(message, field)) return CANNOT;
  const value = codec.read(bytes, start, valueEnd);
  if (value === undefined) return CANNOT;
  message[oneof ?? name] = oneof === undefined ? value : { case: name, value };
  return valueEnd;
}
