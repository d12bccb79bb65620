// SPDX-License-Identifier: Apache-2.0

/**
 * Reads the descriptors of our contracts in the place of `@bufbuild/protobuf`. That has to set up the
 * descriptors of descriptors first, which take more memory than the rest of an idle plugin;
 * `bundle.ts` puts this in.
 *
 * @module
 */

import { BinaryReader } from "@bufbuild/protobuf/wire";

type Fields = Record<string, unknown>;

type Read = (reader: BinaryReader) => unknown;

/** A type of messages. */
interface Shape {
  readonly name: string;
  /** Its fields by number. One whose name ends with a star may come more than once. */
  readonly fields: Readonly<Record<number, readonly [name: string, read: Read]>>;
  /** What a field is that did not come. */
  readonly zero: Fields;
}

const text: Read = (reader) => reader.string();
const integer: Read = (reader) => reader.int32();
const flag: Read = (reader) => reader.bool();

const MESSAGE_OPTIONS: Shape = {
  name: "MessageOptions",
  fields: { 3: ["deprecated", flag], 7: ["mapEntry", flag] },
  zero: { deprecated: false, mapEntry: false },
};

const FIELD_OPTIONS: Shape = {
  name: "FieldOptions",
  fields: { 2: ["packed", flag], 3: ["deprecated", flag] },
  zero: { packed: false, deprecated: false },
};

const FIELD: Shape = {
  name: "FieldDescriptorProto",
  fields: {
    1: ["name", text],
    3: ["number", integer],
    4: ["label", integer],
    5: ["type", integer],
    6: ["typeName", text],
    8: ["options", nested(FIELD_OPTIONS)],
    9: ["oneofIndex", integer],
    10: ["jsonName", text],
    17: ["proto3Optional", flag],
  },
  zero: {
    label: 1,
    typeName: "",
    extendee: "",
    defaultValue: "",
    oneofIndex: 0,
    jsonName: "",
    proto3Optional: false,
  },
};

const ENUM_VALUE: Shape = {
  name: "EnumValueDescriptorProto",
  fields: { 1: ["name", text], 2: ["number", integer] },
  zero: {},
};

const ENUM: Shape = {
  name: "EnumDescriptorProto",
  fields: { 1: ["name", text], 2: ["value*", nested(ENUM_VALUE)] },
  zero: { visibility: 0 },
};

const ONEOF: Shape = { name: "OneofDescriptorProto", fields: { 1: ["name", text] }, zero: {} };

const MESSAGE: Shape = {
  name: "DescriptorProto",
  fields: {
    1: ["name", text],
    2: ["field*", nested(FIELD)],
    3: ["nestedType*", (reader) => readMessage(MESSAGE, reader)],
    4: ["enumType*", nested(ENUM)],
    5: ["extensionRange*", refuse],
    6: ["extension*", refuse],
    7: ["options", nested(MESSAGE_OPTIONS)],
    8: ["oneofDecl*", nested(ONEOF)],
  },
  zero: { visibility: 0 },
};

const METHOD: Shape = {
  name: "MethodDescriptorProto",
  fields: {
    1: ["name", text],
    2: ["inputType", text],
    3: ["outputType", text],
    5: ["clientStreaming", flag],
    6: ["serverStreaming", flag],
  },
  zero: { clientStreaming: false, serverStreaming: false },
};

const SERVICE: Shape = {
  name: "ServiceDescriptorProto",
  fields: { 1: ["name", text], 2: ["method*", nested(METHOD)] },
  zero: {},
};

const FILE: Shape = {
  name: "FileDescriptorProto",
  fields: {
    1: ["name", text],
    2: ["package", text],
    3: ["dependency*", text],
    4: ["messageType*", nested(MESSAGE)],
    5: ["enumType*", nested(ENUM)],
    6: ["service*", nested(SERVICE)],
    7: ["extension*", refuse],
    8: ["options", skip],
    12: ["syntax", text],
  },
  zero: { syntax: "", edition: 0 },
};

/**
 * Reads a `google.protobuf.FileDescriptorProto`, as far as our contracts need it.
 *
 * The options of a file are for code generators and are left out.
 *
 * @throws {TypeError} At anything else that it does not know.
 */
export function readFileDescriptor(bytes: Uint8Array): Fields {
  return readFields(FILE, new BinaryReader(bytes), bytes.length);
}

function nested(shape: Shape): Read {
  return (reader) => readMessage(shape, reader);
}

function readMessage(shape: Shape, reader: BinaryReader): Fields {
  const length = reader.uint32();
  return readFields(shape, reader, reader.pos + length);
}

/** What did not come is in the prototype, where the library looks for it as well. */
function readFields(shape: Shape, reader: BinaryReader, end: number): Fields {
  const message: Fields = Object.create(shape.zero);
  message.$typeName = `google.protobuf.${shape.name}`;
  for (const [name] of Object.values(shape.fields)) {
    if (name.endsWith("*")) message[name.slice(0, -1)] = [];
  }
  while (reader.pos < end) readField(message, shape, reader);
  return message;
}

function readField(message: Fields, shape: Shape, reader: BinaryReader): void {
  const [number] = reader.tag();
  const field = shape.fields[number];
  if (field === undefined) throw new TypeError(`Cannot read field ${number} of a ${shape.name}`);
  const [name, read] = field;
  const value = read(reader);
  if (!name.endsWith("*")) message[name] = value;
  else (message[name.slice(0, -1)] as unknown[]).push(value);
}

function refuse(): never {
  throw new TypeError("Cannot read an extension");
}

function skip(reader: BinaryReader): undefined {
  reader.bytes();
  return undefined;
}
