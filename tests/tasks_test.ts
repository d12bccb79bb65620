// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { PROJECT_ROOT } from "../tools/workspace.ts";
import { namedTasks } from "./_markdown.ts";
import { exists, readTasks } from "./_project.ts";

Deno.test("every task that the project promises is there, with a description", async () => {
  const tasks = Object.keys(await readTasks());
  const promised = ["check", "lint", "fmt", "test", "coverage", "bench", "publish:check", "ok"];
  assertEquals(promised.filter((task) => !tasks.includes(task)), []);
});

Deno.test("every script that a task runs exists", async () => {
  for (const [name, { command }] of Object.entries(await readTasks())) {
    for (const [, script = ""] of command.matchAll(/\s((?:[\w-]+\/)*[\w-]+\.ts)\b/g)) {
      assert(await exists(new URL(script, PROJECT_ROOT)), `${name} runs ${script}`);
    }
  }
});

Deno.test("CI runs every task that `deno task ok` runs, in the same order", async () => {
  const { ok } = await readTasks();
  const script = await Deno.readTextFile(new URL(".ci/run", PROJECT_ROOT));
  const steps = script.split("\n").filter((line) => line.startsWith("step "));
  assertEquals(namedTasks(steps.join("\n")), namedTasks(ok?.command ?? ""));
});
