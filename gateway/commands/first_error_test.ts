// SPDX-License-Identifier: Apache-2.0

import { assertRejects, assertStrictEquals } from "@std/assert";
import { firstError } from "./first_error.ts";

Deno.test("firstError() gives what failed before the closing did", async () => {
  const full = new Error("The disk is full");
  const thrown = await assertRejects(async () => {
    await using stack = new AsyncDisposableStack();
    stack.defer(() => Promise.reject(new Error("Cannot close")));
    stack.defer(() => Promise.reject(new Error("Cannot close either")));
    throw full;
  });
  assertStrictEquals(firstError(thrown), full);
  assertStrictEquals(firstError(full), full);
  assertStrictEquals(firstError("words"), "words");
});
