// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { readMembers } from "./workspace.ts";

Deno.test("readMembers() gives every published member with its entries, the root first", async () => {
  const members = await readMembers();
  assertEquals(members[0]?.name, "@sigil/gateway");
  assertEquals(members[0]?.entries, { ".": "mod.ts" });
  const store = members.find((member) => member.name === "@sigil/store");
  assertEquals(store?.folder, "store");
  assertEquals(store?.entries["./sqlite"], "store/sqlite/mod.ts");
});

Deno.test("readMembers() leaves out what is never published", async () => {
  const names = (await readMembers()).map((member) => member.name);
  assertEquals(names.includes("@std/assert"), false);
});

Deno.test("readMembers() refuses a root that is no workspace", async () => {
  await assertRejects(() => readMembers(new URL("../store/", import.meta.url)));
});
