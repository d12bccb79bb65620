// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals } from "@std/assert";
import { Validator } from "npm:@seriousme/openapi-schema-validator@^2.11.0";
import { FakeClock } from "./_fake_clock.ts";
import { openHarness } from "./_harness.ts";

interface Operation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
}

Deno.test("GET /api/v1/openapi.json gives a valid document of every route", async (t) => {
  const clock = new FakeClock();
  await using gateway = await openHarness({ clock });
  const document = await (await gateway.fetch("/api/v1/openapi.json")).json();
  await t.step("that a validator accepts", async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    assertEquals(result.errors, undefined);
    assert(result.valid);
    assertEquals(validator.version, "3.1");
  });
  await t.step("whose references all lead somewhere", () => {
    const text = JSON.stringify(document);
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert(name in document.components.schemas, name);
    }
    assert(!text.includes("$defs"), "Every named schema is a component");
  });
  await t.step("whose names are unique", () => {
    const ids = operations(document.paths).map(({ operation }) => operation.operationId);
    assertEquals(ids.length, new Set(ids).size);
  });
  for (const { method, path, operation } of operations(document.paths)) {
    await t.step(`${method} ${path} is served, to who has a token`, async () => {
      clock.advance(1_000); // wrong tokens may not be shown faster
      const url = path.replaceAll(/\{\w+\}/g, "x");
      const response = await gateway.fetch(url, { method, headers: { authorization: "" } });
      await response.body?.cancel();
      assertEquals(response.status, operation.security?.length === 0 ? 200 : 401);
    });
  }
});

function operations(paths: Record<string, Record<string, Operation>>) {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    }))
  );
}
