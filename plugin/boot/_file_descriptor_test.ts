// SPDX-License-Identifier: Apache-2.0

import { type DescFile, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { ToolDefinitionSchema } from "@sigil/proto/common/v1";
import { Channel } from "@sigil/proto/plugin/v1/channel";
import { Host } from "@sigil/proto/plugin/v1/host";
import { PluginLifecycle } from "@sigil/proto/plugin/v1/lifecycle";
import { Provider } from "@sigil/proto/plugin/v1/provider";
import { Tool } from "@sigil/proto/plugin/v1/tool";
import { assertEquals, assertThrows } from "@std/assert";
import { readFileDescriptor } from "./_file_descriptor.ts";

const FILES: readonly DescFile[] = [
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  ToolDefinitionSchema.file,
  ...[Channel, Host, PluginLifecycle, Provider, Tool].map(({ file }) => file),
];

Deno.test("readFileDescriptor() reads every contract as the library does", async (t) => {
  for (const { name, proto } of FILES) {
    await t.step(name, () => {
      const bytes = toBinary(FileDescriptorProtoSchema, { ...proto, options: undefined });
      const expected = fromBinary(FileDescriptorProtoSchema, bytes);
      assertEquals(explicit(readFileDescriptor(bytes)), explicit(expected));
    });
  }
});

Deno.test("readFileDescriptor() refuses what it does not know", () => {
  assertThrows(() => readFileDescriptor(new Uint8Array([14 * 8, 1])), TypeError, "field 14");
  assertThrows(() => readFileDescriptor(new Uint8Array([7 * 8 + 2, 0])), TypeError, "extension");
});

/** What is set: lists that are empty, and whatever is a prototype's, say nothing. */
function explicit(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(explicit);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).filter(([, field]) => {
    return field !== undefined && !(Array.isArray(field) && field.length === 0);
  });
  return Object.fromEntries(fields.map(([name, field]) => [name, explicit(field)]));
}
