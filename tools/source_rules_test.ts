// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { checkSource } from "./source_rules.ts";

const LICENSE = "// SPDX-License-Identifier: Apache-2.0\n";

/** Joins words with slashes, so that this file holds no such path itself. */
function path(...parts: readonly string[]): string {
  return ["", ...parts].join("/");
}

Deno.test("checkSource() passes a clean file", () => {
  assertEquals(checkSource("store/a.ts", `${LICENSE}\nexport const a = "/workspace/x";\n`), []);
  assertEquals(checkSource("README.md", "See ./framework/x and the /api/v1/work route.\n"), []);
});

Deno.test("checkSource() wants a licence line in every source", async (t) => {
  const cases: Record<string, readonly [text: string, findings: number]> = {
    "a.ts": ["export {};\n", 1],
    "b.proto": ['syntax = "proto3";\n', 1],
    "c.ts": [`\n${LICENSE}`, 1],
    "d.ts": [`const text = "${LICENSE.trim()}";\n`, 1],
    ".ci/e": [`#!/usr/bin/env bash\n${LICENSE.replace("//", "#")}`, 0],
    ".ci/f": ["#!/usr/bin/env bash\necho\n", 1],
    "g.md": ["# Title\n", 0],
    "gen/h.ts": ["export {};\n", 0],
  };
  for (const [name, [text, findings]] of Object.entries(cases)) {
    await t.step(name, () => assertEquals(checkSource(name, text).length, findings));
  }
});

Deno.test("checkSource() finds what belongs to one machine or is unfinished", async (t) => {
  const cases = {
    "a machine's path": `see ${path("work", "x.ts")}`,
    "a file URL": `file://${path("farm", "x")}`,
    "a hidden folder of root": path("root", ".cache"),
    "a home": path("home", "ann", "x"),
    "a registry": `https:/${path(["registry", "example", "org"].join("."))}`,
    "a registry's pages": ["https:/", ["jsr", "io"].join("."), "@a/b"].join("/"),
    "work left": ["TO", "DO"].join(""),
    "a test alone": ["Deno.test", 'only("x")'].join("."),
  };
  for (const [name, line] of Object.entries(cases)) {
    await t.step(name, () => {
      const [finding] = checkSource("a.ts", `${LICENSE}// ${line}\n`);
      assertEquals(finding?.line, 2);
    });
  }
});
