// SPDX-License-Identifier: Apache-2.0

/**
 * What the pages tell people to run exists. The TypeScript in them is checked and run by
 * `deno test --doc`.
 */

import { assertEquals } from "@std/assert";
import { listFiles } from "../tools/list_files.ts";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { exists, readTasks } from "./_project.ts";
import { fencedLines, linkedFiles, namedScripts, namedTasks, namedVersions } from "./_markdown.ts";

const pages = (await listFiles()).filter((file) => file.endsWith(".md"));
const DENO_VERSION = "2.9.6";

for (const page of pages) {
  Deno.test(`${page} names only what exists`, async () => {
    const url = new URL(page, PROJECT_ROOT);
    const text = await Deno.readTextFile(url);
    const tasks = Object.keys(await readTasks());
    const scripts = namedScripts(fencedLines(text, ["sh", "bash", "console"]));
    assertEquals({
      tasks: namedTasks(text).filter((task) => !tasks.includes(task)),
      versions: namedVersions(text).filter((version) => version !== DENO_VERSION),
      scripts: await missing(scripts, PROJECT_ROOT),
      links: await missing(linkedFiles(text), url),
    }, { tasks: [], versions: [], scripts: [], links: [] });
  });
}

Deno.test("namedTasks() finds tasks in commands and in text", () => {
  const text =
    "Run `deno task test` or\n```sh\nnpx -y deno@2.9.6 task publish:check\n```\nMy task is.";
  assertEquals(namedTasks(text), ["test", "publish:check"]);
});

Deno.test("namedVersions() finds each version once", () => {
  assertEquals(namedVersions("deno@2.9.6, deno@2.9.6 and npx deno@2.10.0."), ["2.9.6", "2.10.0"]);
});

Deno.test("namedScripts() finds the scripts of fenced commands", () => {
  const markdown =
    "deno run a.ts\n```sh\ndeno run --allow-read=./data examples/b.ts --flag\n```\n" +
    "```ts\n// deno run c.ts\n```\n";
  assertEquals(namedScripts(fencedLines(markdown, ["sh"])), ["examples/b.ts"]);
});

Deno.test("linkedFiles() finds files, and no sites or headings", () => {
  const markdown = "[a](docs/a.md#part) [b](https://example.org/b.md) [c](#c) ![d](d.svg)";
  assertEquals(linkedFiles(markdown), ["docs/a.md", "d.svg"]);
});

async function missing(paths: readonly string[], base: URL): Promise<readonly string[]> {
  const found = await Promise.all(paths.map((path) => exists(new URL(path, base))));
  return paths.filter((_, index) => !found[index]);
}
