// SPDX-License-Identifier: Apache-2.0

/** Every example runs with exactly the flags that it documents, and prints what it promises. */

import { assert, assertEquals } from "@std/assert";
import { listFiles } from "../tools/list_files.ts";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { runDeno } from "./_deno.ts";
import { matchesLine, parseExampleHeader } from "./_example.ts";

const examples = (await listFiles()).filter((file) =>
  /^examples\/[^/_][^/]*(?<!_test)\.ts$/.test(file)
);

for (const example of examples) {
  Deno.test(`${example} runs with the flags that it documents`, async () => {
    const url = new URL(example, PROJECT_ROOT);
    const header = parseExampleHeader(await Deno.readTextFile(url));
    assert(header !== undefined, `${example} does not begin with the command that runs it`);
    assertEquals(header.script, example);
    assert(header.prints.length > 0, `${example} does not say what it prints`);
    const folder = await Deno.makeTempDir({ prefix: "sigil-example-" });
    try {
      const args = ["run", "--no-prompt", ...header.flags, url.href, ...header.args];
      const { code, stdout, stderr } = await runDeno(args, { cwd: folder });
      assertEquals(code, 0, stderr);
      const lines = stdout.trimEnd().split("\n");
      assertEquals(lines.length, header.prints.length, stdout);
      for (const [index, promised] of header.prints.entries()) {
        assert(matchesLine(lines[index] ?? "", promised), `"${lines[index]}" is not "${promised}"`);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("there are examples", () => {
  assert(examples.includes("examples/store_only.ts"));
});

Deno.test("parseExampleHeader() reads the command and what is printed", () => {
  const source = "// SPDX-License-Identifier: Apache-2.0\n//\n// What it shows.\n//\n" +
    "//     deno run --allow-read=./data -A examples/a.ts --help\n//\n// Prints:\n" +
    "//   one\n//     two …\n//\n// More.\n\nimport {};\n// deno run b.ts\n";
  assertEquals(parseExampleHeader(source), {
    flags: ["--allow-read=./data", "-A"],
    script: "examples/a.ts",
    args: ["--help"],
    prints: ["one", "  two …"],
  });
  assertEquals(parseExampleHeader("// Nothing.\n\nimport {};\n// deno run a.ts\n"), undefined);
});

Deno.test("matchesLine() takes any text for …, and nothing else", () => {
  assert(matchesLine("found 3 of 10.", "found … of 10."));
  assert(matchesLine("found", "found"));
  assert(!matchesLine("found 3 of 10!", "found … of 10."));
  assert(!matchesLine("found all", "found"));
});
