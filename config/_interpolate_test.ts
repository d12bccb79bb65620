// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { interpolate, type Interpolation } from "./_interpolate.ts";

Deno.test("interpolate() fills in variables", async (t) => {
  const variables: Record<string, string> = { A: "one", B_2: "two", EMPTY: "", NESTED: "${A}" };
  const cases: [string, Interpolation][] = [
    ["plain", { status: "plain", text: "plain" }],
    ["", { status: "plain", text: "" }],
    ["${A}", { status: "filled", text: "one" }],
    ["x${A}y${B_2}z", { status: "filled", text: "xoneytwoz" }],
    ["$${A}", { status: "plain", text: "${A}" }],
    ["$${A} ${A}", { status: "filled", text: "${A} one" }],
    ["$$$${", { status: "plain", text: "$$${" }],
    ["$A $ {A} $", { status: "plain", text: "$A $ {A} $" }],
    ["${NESTED}", { status: "filled", text: "${A}" }],
    ["${NOPE}", { status: "missing", name: "NOPE" }],
    ["${EMPTY}", { status: "missing", name: "EMPTY" }],
    ["${}", { status: "malformed" }],
    ["${A", { status: "malformed" }],
    ["${A:-x}", { status: "malformed" }],
    ["${1A}", { status: "malformed" }],
  ];
  for (const [text, expected] of cases) {
    await t.step(JSON.stringify(text), () => {
      assertEquals(interpolate(text, (name) => variables[name]), expected);
    });
  }
});
