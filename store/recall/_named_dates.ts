// SPDX-License-Identifier: Apache-2.0

import type { NamedDate } from "./recall.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MONTHS =
  "january february march april may june july august september october november december"
    .split(" ");
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday"
  .split(" ");
const SEASON_STARTS: Readonly<Record<string, number>> = {
  spring: 2,
  summer: 5,
  autumn: 8,
  fall: 8,
  winter: 11,
};
const COUNTS: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
};

const MONTH =
  "(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?" +
  "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?";
const WEEKDAY = `(?<weekday>${WEEKDAYS.join("|")})`;
const DAY = "(?<day>\\d{1,2})(?:st|nd|rd|th)?";
const YEAR = "(?<year>(?:19|20)\\d{2})";
const COUNT = `(?<count>\\d{1,3}|${Object.keys(COUNTS).join("|")}|a couple of|a few|several)`;
const UNIT = "(?<unit>day|week|month|year)s?";
const WHICH = "(?<which>last|past|previous|this|next)";

/** A calendar day: the year, the month from 0, the day from 1, each of which may run over. */
type Day = readonly [year: number, month: number, day: number];
/** A span of whole days: the first, and the first after. */
type Days = readonly [from: Day, to: Day];
type Groups = Readonly<Record<string, string | undefined>>;
/** Reads what a pattern found. Gives undefined for what is no date, such as 31 February. */
type Reader = (groups: Groups, today: Day) => Days | undefined;

/** The more special patterns first: what one has read, the next ones do not see. */
const PATTERNS: readonly (readonly [pattern: string, read: Reader])[] = [
  ["(?<year>(?:19|20)\\d{2})-(?<number>\\d{2})-(?<day>\\d{2})", readIsoDay],
  [`(?:the )?${DAY}(?: of)? ${MONTH}(?:,? ${YEAR})?`, readDayOfMonth],
  [`${MONTH} (?:the )?${DAY}\\b(?!:)(?:,? ${YEAR})?`, readDayOfMonth],
  [`${MONTH},? (?:of )?${YEAR}`, readMonthOfYear],
  [`${WHICH} ${MONTH}`, readWhichMonth],
  [`(?:in|during|since|of|early|late|mid) ${MONTH}`, readMonth],
  ["the day before yesterday", (_, today) => days(today, -2, 1)],
  ["yesterday|last night", (_, today) => days(today, -1, 1)],
  ["today|tonight|this (?:morning|afternoon|evening)", (_, today) => days(today, 0, 1)],
  ["tomorrow", (_, today) => days(today, 1, 1)],
  [`${COUNT} ${UNIT} ago`, readAgo],
  [`(?:last|past|previous) ${COUNT} ${UNIT}`, readPast],
  [`${WHICH} weekend`, readWeekend],
  [`${WHICH} ${UNIT}`, readWhichUnit],
  [`(?:${WHICH}|on) ${WEEKDAY}`, readWeekday],
  [
    `(?:${WHICH}|in|in the|during the) (?<season>spring|summer|autumn|fall|winter)(?: (?:of )?${YEAR})?`,
    readSeason,
  ],
  [`(?:in|during|since|of) ${YEAR}`, readYear],
];

/**
 * Finds the dates that a question in English names, such as "last May", "on 12 March 2025", "yesterday"
 * or "on Monday".
 *
 * What can be meant is taken for the latest that is not after `now`: "in May" asked in April is the May
 * of the year before. Days begin `utcOffsetMinutes` before they do in UTC.
 */
export function namedDates(question: string, now: Date, utcOffsetMinutes = 0): NamedDate[] {
  const offset = utcOffsetMinutes * MINUTE_MS;
  const local = new Date(now.getTime() + offset);
  const today: Day = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  const found: { start: number; date: NamedDate }[] = [];
  let rest = question.slice(0, 10_000);
  for (const [pattern, read] of PATTERNS) {
    for (const { 0: text, index, groups = {} } of rest.matchAll(wholeWords(pattern))) {
      const span = read(groups, today);
      if (span === undefined) continue;
      const [from, to] = span;
      const date = { text, from: toDate(from, offset), to: toDate(to, offset) };
      if (!isMoment(date.from) || !isMoment(date.to)) continue;
      found.push({ start: index, date });
      rest = rest.slice(0, index) + " ".repeat(text.length) + rest.slice(index + text.length);
    }
  }
  return found.sort((a, b) => a.start - b.start).map(({ date }) => date);
}

function wholeWords(pattern: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}-])(?:${pattern})(?![\\p{L}\\p{N}-])`, "giu");
}

function toDate(day: Day, offset: number): Date {
  return new Date(momentOf(day) - offset);
}

function readIsoDay({ year, number, day }: Groups): Days | undefined {
  return calendarDay(Number(year), Number(number) - 1, Number(day));
}

function readDayOfMonth({ day, month, year }: Groups, today: Day): Days | undefined {
  const number = monthNumber(month);
  if (year !== undefined) return calendarDay(Number(year), number, Number(day));
  return latest((candidate) => calendarDay(candidate, number, Number(day)), today);
}

function readMonthOfYear({ month, year }: Groups): Days {
  return months(Number(year), monthNumber(month), 1);
}

function readMonth({ month }: Groups, today: Day): Days | undefined {
  return latest((year) => months(year, monthNumber(month), 1), today);
}

function readWhichMonth({ which, month }: Groups, today: Day): Days | undefined {
  const number = monthNumber(month);
  const [year, thisMonth] = today;
  if (which?.toLowerCase() === "this") return months(year, number, 1);
  if (which?.toLowerCase() === "next") {
    return months(number > thisMonth ? year : year + 1, number, 1);
  }
  return months(number < thisMonth ? year : year - 1, number, 1);
}

/** "Three weeks ago" is said of any day around then. */
function readAgo({ count, unit }: Groups, today: Day): Days {
  const number = countOf(count);
  const [year, month] = today;
  switch (unit?.toLowerCase()) {
    case "day":
      return days(today, -number, 1);
    case "week":
      return days(today, -7 * number - 3, 7);
    case "month":
      return months(year, month - number, 1);
    default:
      return months(year - number, 0, 12);
  }
}

/** "The last three weeks" end today. */
function readPast({ count, unit }: Groups, today: Day): Days {
  const number = countOf(count);
  const [year, month, day] = today;
  const tomorrow: Day = [year, month, day + 1];
  switch (unit?.toLowerCase()) {
    case "day":
      return [[year, month, day - number], tomorrow];
    case "week":
      return [[year, month, day - 7 * number], tomorrow];
    case "month":
      return [[year, month - number, day], tomorrow];
    default:
      return [[year - number, month, day], tomorrow];
  }
}

function readWhichUnit({ which, unit }: Groups, today: Day): Days {
  const step = stepOf(which);
  const [year, month] = today;
  switch (unit?.toLowerCase()) {
    case "day":
      return days(today, step, 1);
    case "week":
      return days(today, 7 * step - daysSinceMonday(today), 7);
    case "month":
      return months(year, month + step, 1);
    default:
      return months(year + step, 0, 12);
  }
}

function readWeekend({ which }: Groups, today: Day): Days {
  return days(today, 7 * stepOf(which) - daysSinceMonday(today) + 5, 2);
}

/** "On Monday" is today, if it is one; "last Monday" never is. */
function readWeekday({ which, weekday }: Groups, today: Day): Days {
  const number = WEEKDAYS.indexOf(weekday?.toLowerCase() ?? "");
  const since = (weekdayOf(today) - number + 7) % 7;
  switch (which?.toLowerCase()) {
    case undefined:
      return days(today, -since, 1);
    case "this":
      return days(today, (number + 6) % 7 - daysSinceMonday(today), 1);
    case "next":
      return days(today, 7 - since, 1);
    default:
      return days(today, since === 0 ? -7 : -since, 1);
  }
}

function readSeason({ which, season, year }: Groups, today: Day): Days | undefined {
  const start = SEASON_STARTS[season?.toLowerCase() ?? ""] ?? 0;
  if (year !== undefined) return months(Number(year), start, 3);
  if (which?.toLowerCase() === "next") {
    return months(today[0] + (start > today[1] ? 0 : 1), start, 3);
  }
  if (which?.toLowerCase() === "this") return months(today[0], start, 3);
  const isOver = which !== undefined;
  return latest((candidate) => months(candidate, start, 3), today, isOver);
}

function readYear({ year }: Groups): Days {
  return months(Number(year), 0, 12);
}

/** Gives the span in the latest year in which it has begun, or is over. */
function latest(
  inYear: (year: number) => Days | undefined,
  today: Day,
  isOver = false,
): Days | undefined {
  for (let year = today[0]; year > today[0] - 9; year--) {
    const span = inYear(year);
    if (span && momentOf(span[isOver ? 1 : 0]) <= momentOf(today)) return span;
  }
  return undefined;
}

function calendarDay(year: number, month: number, day: number): Days | undefined {
  const date = new Date(momentOf([year, month, day]));
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) {
    return undefined;
  }
  return days([year, month, day], 0, 1);
}

function days([year, month, day]: Day, offset: number, count: number): Days {
  return [[year, month, day + offset], [year, month, day + offset + count]];
}

function months(year: number, month: number, count: number): Days {
  return [[year, month, 1], [year, month + count, 1]];
}

function monthNumber(name = ""): number {
  return MONTHS.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3)));
}

function countOf(text = ""): number {
  const word = text.toLowerCase();
  if (word === "a couple of") return 2;
  if (word === "a few" || word === "several") return 3;
  return COUNTS[word] ?? Number(word);
}

function stepOf(which = ""): number {
  return { this: 0, next: 1 }[which.toLowerCase()] ?? -1;
}

function weekdayOf(day: Day): number {
  return new Date(momentOf(day)).getUTCDay();
}

function daysSinceMonday(day: Day): number {
  return (weekdayOf(day) + 6) % 7;
}

/** Years before 100 would be taken for those of the last century; no pattern gives them. */
function momentOf([year, month, day]: Day): number {
  return Date.UTC(year, month, 1) + (day - 1) * DAY_MS;
}

function isMoment(date: Date): boolean {
  return !Number.isNaN(date.getTime());
}
