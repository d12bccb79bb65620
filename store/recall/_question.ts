// SPDX-License-Identifier: Apache-2.0

import type { Task } from "../_cannot.ts";
import { cannot } from "../_cannot.ts";
import { parseSearchQuery } from "../_search_query.ts";
import {
  checkCount,
  checkDate,
  checkKey,
  checkOneOf,
  checkRange,
  checkText,
} from "../_validate.ts";
import { MESSAGE_ROLES } from "../message.ts";
import type { TimeRange } from "../options.ts";
import { queryTerms } from "./_bag.ts";
import { namedDates } from "./_named_dates.ts";
import {
  type NamedDate,
  RECALL_KINDS,
  type RecallOptions,
  type RecallParts,
  type RecallWeights,
} from "./recall.ts";

/** A question that has been checked and understood. */
export interface Question {
  /** As it was asked. */
  readonly text: string;
  /** What is looked for, as one text without exclusions. */
  readonly wanted: string;
  /** The stems that are looked for, with how often each is named. */
  readonly terms: ReadonlyMap<string, number>;
  /** What no hit may hold: words and phrases. */
  readonly unwanted: readonly string[];
  /** The dates that it names. */
  readonly dates: readonly NamedDate[];
  /** How many hits to give. */
  readonly limit: number;
  /** The moment from which age is counted. */
  readonly now: Date;
  /** How much each part counts: nothing when it is left out. */
  readonly weights: RecallWeights;
  /** The options as they were given. */
  readonly options: RecallOptions;
}

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 1000;
const MINUTES_OF_A_DAY = 24 * 60;
const LEAST_SNIPPET = 20;

/** How much each part counts when nothing else is asked for. */
export const DEFAULT_WEIGHTS: RecallWeights = {
  words: 0.5,
  feedback: 0.5,
  meaning: 3,
  date: 2,
  neighbours: 0.3,
  speaker: 0.5,
  repeats: 1 / 3,
  halfRank: 10,
};

/** Checks a question and its options, and reads what it asks for. */
export function readQuestion(task: Task, text: string, options: RecallOptions): Question {
  checkText(task, "query", text);
  checkOptions(task, options);
  const { wanted, unwanted } = parseSearchQuery(text);
  const now = options.now ?? new Date();
  const isDated = options.parts?.dates !== false;
  return {
    text,
    wanted: wanted.join(" "),
    terms: queryTerms(wanted.join(" ")),
    unwanted,
    dates: isDated ? namedDates(text, now, options.utcOffsetMinutes ?? 0) : [],
    limit: checkCount(task, "limit", options.limit ?? 0, MAX_LIMIT) ||
      DEFAULT_LIMIT,
    now,
    weights: weigh(task, options.parts ?? {}, options.weights ?? {}),
    options,
  };
}

/** Gives the dates that everything must belong to, if there are any. */
export function onlyDates(
  { dates, options }: Pick<Question, "dates" | "options">,
): readonly TimeRange[] | undefined {
  return options.dates === "only" && dates.length > 0 ? dates : undefined;
}

function checkOptions(task: Task, options: RecallOptions): void {
  const { sessionId, range, now, validAt, halfLifeDays, snippetLength } = options;
  if (sessionId !== undefined) checkKey(task, "sessionId", sessionId);
  if (range !== undefined) checkRange(task, range);
  if (now !== undefined) checkDate(task, "now", now);
  if (validAt !== undefined) checkDate(task, "validAt", validAt);
  for (const role of options.roles ?? []) {
    checkOneOf(task, "roles", role, MESSAGE_ROLES);
  }
  for (const kind of options.kinds ?? []) {
    checkOneOf(task, "kinds", kind, RECALL_KINDS);
  }
  checkOneOf(task, "dates", options.dates ?? "prefer", ["prefer", "only"]);
  if (halfLifeDays !== undefined && !(halfLifeDays > 0)) {
    throw cannot(task, "invalid_input", "halfLifeDays is not above 0");
  }
  if (snippetLength !== undefined) {
    checkCount(task, "snippetLength", snippetLength);
    if (snippetLength < LEAST_SNIPPET) {
      throw cannot(task, "invalid_input", `snippetLength is less than ${LEAST_SNIPPET}`);
    }
  }
  const offset = options.utcOffsetMinutes ?? 0;
  if (!Number.isInteger(offset) || Math.abs(offset) > MINUTES_OF_A_DAY) {
    throw cannot(task, "invalid_input", "utcOffsetMinutes is not a whole number within a day");
  }
}

function weigh(task: Task, parts: RecallParts, weights: Partial<RecallWeights>): RecallWeights {
  const all = { ...DEFAULT_WEIGHTS, ...weights };
  for (const [name, weight] of Object.entries(all)) {
    if (typeof weight !== "number" || !(weight >= 0 && weight <= 1e6)) {
      throw cannot(task, "invalid_input", `weights.${name} is not a number from 0 to 1000000`);
    }
  }
  return {
    words: parts.words === false ? 0 : all.words,
    feedback: parts.feedback === false ? 0 : all.feedback,
    meaning: parts.meaning === false ? 0 : all.meaning,
    date: parts.dates === false ? 0 : all.date,
    neighbours: parts.neighbours === false ? 0 : all.neighbours,
    speaker: parts.speakers === false ? 0 : all.speaker,
    repeats: parts.repeats === false ? 1 : all.repeats,
    halfRank: all.halfRank,
  };
}
