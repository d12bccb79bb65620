// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { parseSearchQuery } from "../_search_query.ts";
import { toFtsQuery, toWordsQuery } from "./_fts_query.ts";
import { openMessageStore } from "./message_store.ts";

Deno.test("toWordsQuery() asks for any word of a query, where it is sure of them", async (t) => {
  const cases = [
    ["boiler", '"boiler"'],
    ["boiler repair boiler", '"boiler" OR "repair"'],
    ['"heat pump" -"solar panel" -gas', '"heat" OR "pump" OR "solar" OR "panel" OR "gas"'],
    ["c++ e.g. user@example.org", '"c" OR "e" OR "g" OR "user" OR "example" OR "org"'],
    ["Müller İzmir", '"Müller" OR "İzmir"'],
    ['heat"pump', '"heat" OR "pump"'],
    ["one2 three4 five6 seven8 nine10 ten11 red blue", 8],
    ["one2 three4 five6 seven8 nine10 ten11 red blue green", undefined],
    ["Mu\u0308ller", undefined],
    ["Кот", undefined],
    ["東京", undefined],
    ["boiler 🔥", undefined],
    ["boiler -東京", undefined],
  ] as const;
  for (const [query, expected] of cases) {
    await t.step(query, () => {
      const words = toWordsQuery(parseSearchQuery(query));
      assertEquals(typeof expected === "number" ? words?.split(" OR ").length : words, expected);
    });
  }
});

Deno.test("toWordsQuery() tells words apart as SQLite does", async () => {
  const path = await Deno.makeTempFile();
  await Deno.remove(path);
  const codes = [[0x20, 0x7e], [0xc0, 0x24f]] as const;
  const texts = codes.flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, n) => `x${String.fromCharCode(first + n)}y`)
  );
  {
    await using store = await openMessageStore(path);
    for (const [index, content] of texts.entries()) {
      await store.append("w1", { id: `m${index}`, role: "user", content });
    }
  }
  using database = new DatabaseSync(path);
  database.exec("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, messages_text_1, instance)");
  const counts = database.prepare("SELECT count(*) AS count FROM temp.words GROUP BY doc").all();
  const ours = texts.map((text) => {
    return toWordsQuery({ wanted: [text], unwanted: [] })?.split(" OR ").length;
  });
  assertEquals(ours, counts.map((row) => Number(row["count"])));
  await Deno.remove(path);
});

Deno.test("toFtsQuery() lets nothing that a person types be an operator", () => {
  const query = parseSearchQuery('boiler NOT "heat OR pump" -gas');
  assertEquals(toFtsQuery(query), '("boiler" OR "heat OR pump") NOT ("gas")');
});
