// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { errorText } from "./_error_text.ts";

Deno.test({
  name: "errorText() tells of the manifest, not of a flag, where Deno refuses something",
  permissions: "none",
  async fn() {
    const refused = await Deno.readTextFile("/data/token").catch((error) => error);
    const expected = 'Requires read access to "/data/token", which plugin.yaml does not allow';
    assertEquals(errorText(refused), expected);
  },
});

Deno.test("errorText() leaves other errors as they are", () => {
  assertEquals(errorText(new Error("No")), "No");
  assertEquals(errorText("words"), "words");
});
