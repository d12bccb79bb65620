// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { checkSeedTable, parseSeedTable, type SeedRow, testNames } from "./_seed_table.ts";
import { SEED_TESTS } from "./seed_tests.ts";

Deno.test("every test of the original design is listed with a test of ours that exists", async () => {
  const rows = parseSeedTable(await Deno.readTextFile(new URL("README.md", import.meta.url)));
  const files = [...new Set(rows.map((row) => row.file))];
  const names = new Map(
    await Promise.all(files.map(async (file) => {
      const source = await Deno.readTextFile(new URL(file, PROJECT_ROOT)).catch(() => "");
      return [file, testNames(source)] as const;
    })),
  );
  assertEquals(checkSeedTable(rows, SEED_TESTS, (file) => names.get(file) ?? []), []);
});

Deno.test("parseSeedTable() reads rows, and no heading or other table", () => {
  const table =
    "| original file | original test | our file | our test |\n| --- | --- | --- | --- |\n" +
    "| `a_test.go`   | TestA | `a_test.ts` | a does b |\n| `b.ts` | what it does |\n";
  assertEquals(parseSeedTable(table), [
    { originalFile: "a_test.go", original: "TestA", file: "a_test.ts", test: "a does b" },
  ]);
});

Deno.test("testNames() finds tests and steps, and no other words", () => {
  const source = `
    // a does nothing
    Deno.test("a does b", () => {});
    Deno.test({
      name: "a does \\"c\\"",
      fn() {},
    });
    await t.step("a step", () => {});
    await t.step(
      \`a step in backticks\`,
      () => {},
    );
    Deno.test(\`\${name} is made up\`, () => {});
    const name = "no test";
  `;
  assertEquals(testNames(source), ["a does b", 'a does "c"', "a step", "a step in backticks"]);
});

Deno.test("checkSeedTable() finds what is missing, unknown, doubled or untested", async (t) => {
  const row: SeedRow = { originalFile: "a_test.go", original: "TestA", file: "a.ts", test: "a" };
  const originals = { "a_test.go": ["TestA"] };
  const cases: Record<string, readonly [readonly SeedRow[], readonly string[], number]> = {
    "a whole table": [[row], ["a"], 0],
    "a missing row": [[], ["a"], 1],
    "an unknown original": [[row, { ...row, original: "TestB" }], ["a"], 1],
    "a doubled row": [[row, row], ["a"], 1],
    "a test that does not exist": [[row], ["b"], 1],
  };
  for (const [name, [rows, names, count]] of Object.entries(cases)) {
    await t.step(name, () => {
      assertEquals(checkSeedTable(rows, originals, () => names).length, count);
    });
  }
});
