// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { ExamplePlugin } from "./_example_plugin.ts";

Deno.test("the calculator runs with no permission but to read its own folder", async () => {
  await using calculator = await ExamplePlugin.start("calculator");
  assertEquals(calculator.status.state, "running", calculator.status.lastError?.message);
  assertEquals(calculator.flags, calculator.readFlags());
  assertEquals(
    await calculator.run("calculate", { expression: "5 km to mile" }),
    "3.1068559611867 mile",
  );
  assertStringIncludes(await calculator.run("calculate", { expression: "2 +" }), "!Unexpected end");
});

Deno.test("a calculation that asks for too much memory ends the calculator, which starts again", async () => {
  await using calculator = await ExamplePlugin.start("calculator");
  const [first] = calculator.processes;
  const huge = { expression: "a = ones(3000, 3000); b = [a, a, a, a]; c = [b, b, b, b]; sum(c)" };
  const error = await calculator.run("calculate", huge).catch((error) => error);
  assertEquals(error.code, "crashed", String(error));
  assertEquals((await first?.exited)?.error?.code, "crashed");
  await calculator.until("running", 2);
  assertEquals(await calculator.run("calculate", { expression: "1 + 1" }), "2");
});
