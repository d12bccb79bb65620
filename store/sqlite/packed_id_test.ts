// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { orderOfIds, packId, selectId, unpackId } from "./_packed_id.ts";

Deno.test("packId() keeps a UUID in 16 bytes and any other text as it is", async (t) => {
  const cases: readonly (readonly [name: string, id: string, bytes: number | undefined])[] = [
    ["a UUID", "0190a7e0-1234-7abc-8def-0123456789ab", 16],
    ["all zeros", "00000000-0000-0000-0000-000000000000", 16],
    ["upper case, which would come back lower", "0190A7E0-1234-7ABC-8DEF-0123456789AB", undefined],
    ["no dashes", "0190a7e012347abc8def0123456789ab", undefined],
    ["a UUID and a line end", "0190a7e0-1234-7abc-8def-0123456789ab\n", undefined],
    ["a word", "knows", undefined],
  ];
  for (const [name, id, bytes] of cases) {
    await t.step(name, () => {
      const packed = packId(id);
      assertEquals(typeof packed === "string" ? undefined : packed.byteLength, bytes);
    });
  }
});

Deno.test("unpackId() gives back every id, in the order of the texts", () => {
  using database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE things (id ANY NOT NULL UNIQUE) STRICT");
  const insert = database.prepare("INSERT INTO things (id) VALUES (?)");
  const select = database.prepare(
    `SELECT ${selectId("id")} AS selected FROM things ORDER BY ${orderOfIds("id")}`,
  );
  const id = fc.oneof(
    fc.uuid(),
    fc.uuid().map((uuid) => uuid.toUpperCase()),
    fc.uuid().map((uuid) => uuid.toUpperCase().replaceAll("-", "")),
    fc.stringMatching(/^[=0-9a-f-]{1,40}$/),
  );
  fc.assert(fc.property(fc.uniqueArray(id), (ids) => {
    database.exec("DELETE FROM things");
    for (const each of ids) insert.run(packId(each));
    const found = select.all().map((row) => unpackId(String(row["selected"])));
    assertEquals(found, ids.toSorted());
  }));
});
