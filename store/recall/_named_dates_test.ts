// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { namedDates } from "./_named_dates.ts";

/** A Wednesday. */
const NOW = new Date("2026-02-18T15:30:00Z");

/** Question, words that name a date, first day, first day after. */
const CASES: readonly (readonly [string, string, string, string])[] = [
  ["What did I say on 12 March 2025?", "12 March 2025", "2025-03-12", "2025-03-13"],
  ["What about March 12th, 2025?", "March 12th, 2025", "2025-03-12", "2025-03-13"],
  ["Notes of 2025-03-12 please", "2025-03-12", "2025-03-12", "2025-03-13"],
  ["And on the 3rd of January?", "the 3rd of January", "2026-01-03", "2026-01-04"],
  ["And on March 5?", "March 5", "2025-03-05", "2025-03-06"],
  ["the 29th of February?", "the 29th of February", "2024-02-29", "2024-03-01"],
  ["last May", "last May", "2025-05-01", "2025-06-01"],
  ["last February", "last February", "2025-02-01", "2025-03-01"],
  ["this March", "this March", "2026-03-01", "2026-04-01"],
  ["next January", "next January", "2027-01-01", "2027-02-01"],
  ["the trip in July", "in July", "2025-07-01", "2025-08-01"],
  ["in December 2024", "December 2024", "2024-12-01", "2025-01-01"],
  ["in 2024", "in 2024", "2024-01-01", "2025-01-01"],
  ["what happened yesterday?", "yesterday", "2026-02-17", "2026-02-18"],
  ["the day before yesterday", "the day before yesterday", "2026-02-16", "2026-02-17"],
  ["what is on today", "today", "2026-02-18", "2026-02-19"],
  ["tomorrow", "tomorrow", "2026-02-19", "2026-02-20"],
  ["on Wednesday", "on Wednesday", "2026-02-18", "2026-02-19"],
  ["last Wednesday", "last Wednesday", "2026-02-11", "2026-02-12"],
  ["on monday", "on monday", "2026-02-16", "2026-02-17"],
  ["this Sunday", "this Sunday", "2026-02-22", "2026-02-23"],
  ["next Monday", "next Monday", "2026-02-23", "2026-02-24"],
  ["three days ago", "three days ago", "2026-02-15", "2026-02-16"],
  ["2 weeks ago", "2 weeks ago", "2026-02-01", "2026-02-08"],
  ["a month ago", "a month ago", "2026-01-01", "2026-02-01"],
  ["two years ago", "two years ago", "2024-01-01", "2025-01-01"],
  ["in the last 3 days", "last 3 days", "2026-02-15", "2026-02-19"],
  ["the past two weeks", "past two weeks", "2026-02-04", "2026-02-19"],
  ["the past six months", "past six months", "2025-08-18", "2026-02-19"],
  ["the last two years", "last two years", "2024-02-18", "2026-02-19"],
  ["last week", "last week", "2026-02-09", "2026-02-16"],
  ["this month", "this month", "2026-02-01", "2026-03-01"],
  ["last month", "last month", "2026-01-01", "2026-02-01"],
  ["last year", "last year", "2025-01-01", "2026-01-01"],
  ["last weekend", "last weekend", "2026-02-14", "2026-02-16"],
  ["last summer", "last summer", "2025-06-01", "2025-09-01"],
  ["in the winter", "in the winter", "2025-12-01", "2026-03-01"],
  ["in spring 2024", "in spring 2024", "2024-03-01", "2024-06-01"],
  ["next autumn", "next autumn", "2026-09-01", "2026-12-01"],
];

Deno.test("namedDates() understands what people write", async (t) => {
  for (const [question, text, from, to] of CASES) {
    await t.step(question, () => {
      assertEquals(namedDates(question, NOW), [{ text, from: new Date(from), to: new Date(to) }]);
    });
  }
});

Deno.test("namedDates() finds none where none is meant", async (t) => {
  const questions = [
    "",
    "May I march with you?",
    "2025-13-45",
    "version 3.2024",
    "she was 2024 metres up",
    "Mayday",
    "monday-ish",
  ];
  for (const question of questions) {
    await t.step(question, () => assertEquals(namedDates(question, NOW), []));
  }
});

Deno.test("namedDates() finds several in their order", () => {
  const found = namedDates("Was it yesterday, or on 1 May 2024, or last week?", NOW);
  assertEquals(found.map(({ text }) => text), ["yesterday", "1 May 2024", "last week"]);
});

Deno.test("namedDates() begins days by the clock of whoever asks", () => {
  const late = new Date("2026-02-18T23:30:00Z");
  const [found] = namedDates("today", late, 60);
  assertEquals(found?.from, new Date("2026-02-18T23:00:00Z"));
});

Deno.test("namedDates() gives spans that are not empty, whatever is asked", () => {
  const words = CASES.flatMap(([question]) => question.split(" "));
  const question = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) => list.join(" ")),
  );
  fc.assert(fc.property(question, fc.date({ noInvalidDate: true }), (text, now) => {
    return namedDates(text, now).every(({ from, to }) => from < to);
  }));
});
