// SPDX-License-Identifier: Apache-2.0

import { type DescField, type DescFile, type DescMethod, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { assertEquals } from "@std/assert";
import {
  file_common_v1_types,
  file_plugin_v1_channel,
  file_plugin_v1_lifecycle,
  file_plugin_v1_provider,
  file_plugin_v1_tool,
} from "@sigil/proto";
import contracts from "./testdata/contracts.json" with { type: "json" };

const FILES: readonly DescFile[] = [
  file_common_v1_types,
  file_plugin_v1_lifecycle,
  file_plugin_v1_channel,
  file_plugin_v1_tool,
  file_plugin_v1_provider,
];

Deno.test("gen/ has every message with every field, its type and its number", async (t) => {
  await compare(t, contracts.messages, FILES.flatMap((file) => file.messages), (message) => {
    return message.fields.map(fieldText);
  });
});

Deno.test("gen/ has every enum with every value and its number", async (t) => {
  await compare(t, contracts.enums, FILES.flatMap((file) => file.enums), (description) => {
    return description.values.map((value) => `${value.number} ${value.name}`);
  });
});

Deno.test("gen/ has every service with every method and its kind", async (t) => {
  await compare(t, contracts.services, FILES.flatMap((file) => file.services), (service) => {
    return service.methods.map(methodText);
  });
});

async function compare<T extends { typeName: string }>(
  t: Deno.TestContext,
  expected: Readonly<Record<string, readonly string[]>>,
  descriptions: readonly T[],
  lines: (description: T) => readonly string[],
): Promise<void> {
  assertEquals(descriptions.map((found) => found.typeName).sort(), Object.keys(expected).sort());
  for (const description of descriptions) {
    await t.step(description.typeName, () => {
      assertEquals(lines(description), expected[description.typeName]);
    });
  }
}

function fieldText(field: DescField): string {
  const oneof = field.oneof === undefined ? "" : ` in ${field.oneof.name}`;
  return `${field.number} ${typeText(field)} ${field.name}${oneof}`;
}

function typeText(field: DescField): string {
  switch (field.fieldKind) {
    case "scalar":
      return optionalText(field) + scalarText(field.scalar);
    case "message":
      return field.message.typeName;
    case "enum":
      return field.enum.typeName;
    case "list":
      return `repeated ${elementText(field)}`;
    case "map":
      return `map<${scalarText(field.mapKey)}, ${elementText(field)}>`;
  }
}

/** In a oneof every field has presence, and no word of its own for it. */
function optionalText(field: DescField): string {
  const explicit = field.presence === FeatureSet_FieldPresence.EXPLICIT;
  return explicit && field.oneof === undefined ? "optional " : "";
}

function elementText(field: DescField & { fieldKind: "list" | "map" }): string {
  if (field.message !== undefined) return field.message.typeName;
  if (field.enum !== undefined) return field.enum.typeName;
  return scalarText(field.scalar);
}

function scalarText(scalar: ScalarType): string {
  return ScalarType[scalar].toLowerCase();
}

function methodText({ name, input, output, methodKind }: DescMethod): string {
  const stream = methodKind === "server_streaming" ? "stream " : "";
  return `${name}(${input.typeName}) returns (${stream}${output.typeName})`;
}
