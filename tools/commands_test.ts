// SPDX-License-Identifier: Apache-2.0

/** The commands themselves, on a small project that is made for each test. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { PROJECT_ROOT } from "./workspace.ts";

const LICENSE = "// SPDX-License-Identifier: Apache-2.0\n";
const MODULE = `${LICENSE}
/**
 * Adds.
 *
 * @module
 */

/** Adds two numbers, or says that it will not. */
export function add(left: number, right: number): number {
  if (left < 0) {
    throw new RangeError(
      "Cannot add a negative number",
    );
  }
  return left + right;
}
`;
const PASSING = `import { add } from "./mod.ts";
Deno.test("add() adds", async (t) => {
  await t.step("one and one", () => { if (add(1, 1) !== 2) throw new Error(); });
});
`;
const FAILING = `Deno.test("fails", () => { throw new Error("no"); });\n`;

Deno.test("run_tests.ts ends with the tally and keeps the exit code", async (t) => {
  await t.step("when one fails", async () => {
    await using project = await makeProject({
      "store/mod_test.ts": PASSING,
      "store/other_test.ts": FAILING,
    });
    const { code, lastLine } = await project.run("run_tests.ts");
    assertEquals([code, lastLine], [1, "2 passed, 1 failed"]);
  });
  await t.step("when nothing can be run", async () => {
    await using project = await makeProject({ "store/mod_test.ts": "syntax error\n" });
    const { code, lastLine } = await project.run("run_tests.ts");
    assertEquals([code, lastLine], [1, "0 passed, 1 failed"]);
  });
  await t.step("when only some are asked for, and those pass", async () => {
    await using project = await makeProject({ "store/mod_test.ts": PASSING });
    const { code, lastLine } = await project.run("run_tests.ts", "--no-check", "--filter=adds");
    assertEquals([code, lastLine], [0, "2 passed, 0 failed"]);
  });
});

Deno.test("coverage.ts holds the members to the threshold", async (t) => {
  await t.step("and asks for a run of the tests first", async () => {
    await using project = await makeProject({});
    const { code, output } = await project.run("coverage.ts");
    assertEquals(code, 1);
    assertStringIncludes(output, "deno task test");
  });
  await t.step("and names the file that has too little", async () => {
    await using project = await makeProject({ "store/mod_test.ts": PASSING });
    await project.run("run_tests.ts");
    const { code, output, lastLine } = await project.run("coverage.ts");
    assertMatch(output, /\d\d\.\d % {2}store\/mod\.ts/);
    assertStringIncludes(output, "Fewer than 90 % of lines are covered in: store");
    assertEquals([code, lastLine], [1, "2 passed, 0 failed"]);
  });
  await t.step("and lets enough pass", async () => {
    const rest =
      `Deno.test("refuses", () => { try { add(-1, 1); } catch { return; } throw 1; });\n`;
    await using project = await makeProject({ "store/mod_test.ts": PASSING + rest });
    await project.run("run_tests.ts");
    const { code, lastLine } = await project.run("coverage.ts");
    assertEquals([code, lastLine], [0, "3 passed, 0 failed"]);
  });
});

Deno.test("lint_sources.ts finds what is wrong, and where", async (t) => {
  await t.step("nothing", async () => {
    await using project = await makeProject({});
    assertEquals((await project.run("lint_sources.ts")).code, 0);
  });
  await t.step("a missing licence line", async () => {
    await using project = await makeProject({ "store/other.ts": "export {};\n" });
    const { code, output } = await project.run("lint_sources.ts");
    assertEquals(code, 1);
    assertStringIncludes(output, "store/other.ts:1: no line");
  });
  await t.step("an undocumented symbol", async () => {
    await using project = await makeProject({
      "store/mod.ts": `${MODULE}export const undocumented: number = 1;\n`,
    });
    const { code, output } = await project.run("lint_sources.ts");
    assertEquals(code, 1);
    assertStringIncludes(output, "missing-jsdoc");
  });
});

Deno.test("publish_check.ts names the members that cannot be published", async () => {
  await using project = await makeProject({
    "store/mod.ts": `${LICENSE}export const slow = Math.max(1, 2);\n`,
  });
  const { code, output } = await project.run("publish_check.ts");
  assertEquals(code, 1);
  assertStringIncludes(output, "ok  @made/root@1.0.0");
  assertStringIncludes(output, "Cannot be published: @made/store");
});

interface Project extends AsyncDisposable {
  run(
    command: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number; readonly output: string; readonly lastLine: string }>;
}

/** Makes a workspace of one member beside the root, with the tools, these files, and git. */
async function makeProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const root = await Deno.makeTempDir({ prefix: "sigil-tools-" });
  const member = { name: "@made/store", version: "1.0.0", license: "MIT", exports: "./mod.ts" };
  const all: Record<string, string> = {
    "deno.json": JSON.stringify(await madeConfig()),
    "deno.lock": await Deno.readTextFile(new URL("deno.lock", PROJECT_ROOT)),
    "dev.lock": await Deno.readTextFile(new URL("dev.lock", PROJECT_ROOT)),
    ".gitignore": "coverage/\n",
    "LICENSE": "Made for a test.\n",
    "mod.ts": `${LICENSE}export {};\n`,
    "store/deno.json": JSON.stringify(member),
    "store/LICENSE": "Made for a test.\n",
    "store/mod.ts": MODULE,
    ...Object.fromEntries(
      Object.entries(files).map(([path, text]) => {
        return [path, text.startsWith("//") || path.endsWith("other.ts") ? text : LICENSE + text];
      }),
    ),
  };
  for await (const { name } of Deno.readDir(new URL("tools/", PROJECT_ROOT))) {
    if (name.endsWith("_test.ts")) continue;
    all[`tools/${name}`] = await Deno.readTextFile(new URL(`tools/${name}`, PROJECT_ROOT));
  }
  for (const folder of ["tools", "store"]) await Deno.mkdir(`${root}/${folder}`);
  for (const [path, text] of Object.entries(all)) await Deno.writeTextFile(`${root}/${path}`, text);
  await new Deno.Command("git", { args: ["init", "--quiet"], cwd: root }).output();
  return {
    run: (command, ...args) => runCommand(root, command, args),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** The root's own configuration, with one member in place of ours. */
async function madeConfig(): Promise<object> {
  const { imports, permissions, coverage } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", PROJECT_ROOT)),
  );
  return {
    name: "@made/root",
    version: "1.0.0",
    license: "MIT",
    exports: "./mod.ts",
    publish: { include: ["deno.json", "LICENSE", "mod.ts"] },
    workspace: ["./store"],
    imports: { zod: imports.zod },
    permissions,
    coverage,
  };
}

async function runCommand(
  root: string,
  command: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string; readonly lastLine: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=tools", `tools/${command}`, ...args],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const printed = decoder.decode(stdout).trimEnd();
  return {
    code,
    output: printed + decoder.decode(stderr),
    lastLine: printed.split("\n").at(-1) ?? "",
  };
}
