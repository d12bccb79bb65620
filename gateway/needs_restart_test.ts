// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { type ConfigInput, makeConfig } from "@sigil/config";
import { needsRestart } from "./needs_restart.ts";

Deno.test("needsRestart() names what only a restart changes", async (t) => {
  const cases: readonly (readonly [ConfigInput, readonly string[]])[] = [
    [{}, []],
    [{ models: { budgets: { usd_per_day: 1 } }, workspaces: { lab: {} } }, []],
    [{ auth: { token: "another-token-0123456789" } }, ["auth"]],
    [{ networking: { mode: "public" }, storage: { backend: "inmem" } }, ["networking", "storage"]],
    [{ security: { max_tool_rounds: 1, sandbox: { bwrap: "off" } } }, ["security.sandbox"]],
  ];
  for (const [change, expected] of cases) {
    await t.step(Deno.inspect(change), () => {
      const before = makeConfig({ auth: { token: "a-token-0123456789" } });
      const after = makeConfig({ auth: { token: "a-token-0123456789" }, ...change });
      assertEquals(needsRestart(before, after), expected);
    });
  }
});
