// SPDX-License-Identifier: Apache-2.0

/**
 * Long chats of two people with questions about them. They are made up by rules, not recorded: the same
 * number always makes the same chat.
 *
 * Over about nine months two people meet in many sessions. Each tells some things, unasked or as a short
 * answer to the other's question; some things are put right in a later session. In between they say things of
 * the same matters that tell nothing, and things of nothing at all. Both may tell of the same matter.
 * Questions use other words than what was said; some name a date instead of a matter.
 */

import type { MessageInput } from "@sigil/store";
import { GOODBYES, GREETINGS, NAMES, SMALL_TALK, type Topic, TOPICS } from "./_chat_topics.ts";

/** A question about a chat. */
export interface ChatQuestion {
  /** What is asked for: a fact, one that was put right, or what was told on a day or in a month. */
  readonly kind: "fact" | "corrected" | "dated";
  /** As a person asks it. */
  readonly text: string;
  /** The messages that hold the answer. */
  readonly answers: ReadonlySet<string>;
}

/** A chat and what is asked about it. */
export interface Chat {
  /** Oldest first. */
  readonly messages: readonly MessageInput[];
  /** What is asked. */
  readonly questions: readonly ChatQuestion[];
  /** When it is asked: after the last message. */
  readonly now: Date;
}

/** Something that one of them tells. */
interface Story {
  readonly topic: Topic;
  readonly teller: string;
  readonly value: string;
  readonly session: number;
  readonly isAsked: boolean;
  /** What it is put right to, and when. */
  readonly correction:
    | { readonly value: string; readonly session: number }
    | undefined;
}

/** A story where it was told. */
interface Told {
  readonly story: Story;
  readonly messageId: string;
  readonly text: string;
  readonly at: Date;
  readonly isCorrection: boolean;
}

const SESSIONS = 24;
const STORIES_EACH = 12;
/** How many things are told as a short answer, which hardly shares a word with any question. */
const ASKED_PART = 0.2;
/** How many questions use the words of the answer as far as they can; the others paraphrase. */
const LITERAL_PART = 0.75;
const FIRST_DAY = Date.UTC(2025, 0, 6);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const MONTHS =
  "January February March April May June July August September October November December"
    .split(" ");

/** Makes a chat. */
export function makeChat(seed: number): Chat {
  const random = new Random(seed);
  const people = random.some(NAMES, 2);
  const stories = people.flatMap((teller) =>
    random.some(TOPICS, STORIES_EACH).map((topic) => makeStory(random, topic, teller))
  );
  const writer = new Writer(random, people, seed);
  for (let session = 0; session < SESSIONS; session++) {
    writer.writeSession(session, stories);
  }
  const { messages, told } = writer;
  const questions = [...askFacts(random, told), ...askDates(random, told)];
  return {
    messages,
    questions,
    now: new Date(FIRST_DAY + (SESSIONS * 11 + 14) * DAY_MS),
  };
}

function makeStory(random: Random, topic: Topic, teller: string): Story {
  const [value = "", other = ""] = random.some(topic.values, 2);
  const session = random.below(SESSIONS - 1);
  const isCorrected = topic.corrections !== undefined && random.chance(0.6);
  const later = session + 1 + random.below(SESSIONS - 1 - session);
  const correction = isCorrected ? { value: other, session: later } : undefined;
  return { topic, teller, value, session, isAsked: random.chance(ASKED_PART), correction };
}

/** Writes sessions, turn by turn. */
class Writer {
  readonly messages: MessageInput[] = [];
  readonly told: Told[] = [];
  readonly #random: Random;
  readonly #people: readonly string[];
  readonly #seed: number;
  #session = 0;
  #clock = 0;

  constructor(random: Random, people: readonly string[], seed: number) {
    this.#random = random;
    this.#people = people;
    this.#seed = seed;
  }

  writeSession(session: number, stories: readonly Story[]): void {
    const random = this.#random;
    this.#session = session;
    const day = FIRST_DAY + (session * 11 + random.below(7)) * DAY_MS;
    this.#clock = day + (8 + random.below(12)) * 60 * MINUTE_MS;
    const first = random.pick(this.#people);
    const [hello, reply] = random.pick(GREETINGS);
    this.#say(first, hello);
    this.#say(this.#otherThan(first), reply);
    for (const story of stories) {
      if (story.session === session) this.#tell(story);
      if (story.correction?.session === session) this.#correct(story);
      if (random.chance(0.08)) this.#mention(story.topic);
    }
    this.#chatter(4 + random.below(6));
    for (const person of this.#people) this.#say(person, random.pick(GOODBYES));
  }

  #tell(story: Story): void {
    const { topic, teller, value } = story;
    const other = this.#otherThan(teller);
    this.#chatter(this.#random.below(3));
    if (story.isAsked) {
      const [ask, answer] = this.#random.pick(topic.asked);
      this.#say(other, ask);
      this.#keep(story, fill(answer, value), false);
    } else {
      const told = fill(this.#random.pick(topic.tells), value);
      this.#keep(story, `${told} ${this.#random.pick(topic.details)}`, false);
    }
    this.#say(other, this.#random.pick(topic.reactions));
    if (this.#random.chance(0.5)) {
      this.#say(teller, this.#random.pick(topic.mentions));
    }
  }

  #correct(story: Story): void {
    const { topic, teller, correction } = story;
    const told = fill(this.#random.pick(topic.corrections ?? []), correction?.value ?? "");
    this.#keep(story, `${told} ${this.#random.pick(topic.details)}`, true);
    this.#say(this.#otherThan(teller), this.#random.pick(SMALL_TALK));
  }

  #mention(topic: Topic): void {
    const person = this.#random.pick(this.#people);
    this.#say(person, this.#random.pick(topic.mentions));
    this.#say(this.#otherThan(person), this.#random.pick(SMALL_TALK));
  }

  #chatter(turns: number): void {
    let person = this.#random.pick(this.#people);
    for (let turn = 0; turn < turns; turn++) {
      this.#say(person, this.#random.some(SMALL_TALK, 1 + this.#random.below(2)).join(" "));
      person = this.#otherThan(person);
    }
  }

  #say(person: string, text: string): string {
    const id = `c${this.#seed}-${this.messages.length}`;
    this.#clock += (1 + this.#random.below(3)) * MINUTE_MS;
    this.messages.push({
      id,
      role: "user",
      sessionId: `c${this.#seed}-s${this.#session}`,
      content: text.replaceAll("{o}", this.#otherThan(person)),
      createdAt: new Date(this.#clock),
      metadata: { name: person },
    });
    return id;
  }

  #keep(story: Story, text: string, isCorrection: boolean): void {
    const messageId = this.#say(story.teller, text);
    this.told.push({ story, messageId, text, at: new Date(this.#clock), isCorrection });
  }

  #otherThan(person: string): string {
    return this.#people.find((each) => each !== person) ?? "";
  }
}

function fill(text: string, value: string): string {
  const filled = text.replaceAll("{v}", value);
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}

/** Asks for everything that was told; of what was put right, for what holds now. */
function askFacts(random: Random, told: readonly Told[]): readonly ChatQuestion[] {
  return told.filter(({ story, isCorrection }) => isCorrection === (story.correction !== undefined))
    .map(({ story, messageId, text, isCorrection }) => ({
      kind: isCorrection ? "corrected" : "fact",
      text: chooseQuestion(random, story.topic, text).replaceAll("{p}", story.teller),
      answers: new Set([messageId]),
    }));
}

function chooseQuestion(random: Random, { questions }: Topic, answer: string): string {
  if (!random.chance(LITERAL_PART)) return random.pick(questions);
  const shared = (question: string) => [...beginnings(question).intersection(beginnings(answer))];
  const most = Math.max(...questions.map((question) => shared(question).length));
  return random.pick(questions.filter((question) => shared(question).length === most));
}

/** The beginnings of the longer words: enough to tell that two texts share one. */
function beginnings(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  return new Set(words.map((word) => word.slice(0, 5)));
}

/** Asks what somebody told on a day or in a month. */
function askDates(random: Random, told: readonly Told[]): readonly ChatQuestion[] {
  return random.some(told, 5).map(({ story: { teller }, at }) => {
    const isDay = random.chance(0.5);
    const month = `${MONTHS[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
    const length = isDay ? 10 : 7;
    const same = told.filter((other) =>
      other.story.teller === teller &&
      other.at.toISOString().slice(0, length) ===
        at.toISOString().slice(0, length)
    );
    return {
      kind: "dated",
      text: isDay
        ? `What news did ${teller} tell on ${at.getUTCDate()} ${month}?`
        : `What happened in ${teller}'s life in ${month}?`,
      answers: new Set(same.map(({ messageId }) => messageId)),
    };
  });
}

/** Numbers that look random and are the same each time (mulberry32). */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 0x9e3779b1 | 0;
  }

  below(limit: number): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed;
    return Math.floor(((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32 * limit);
  }

  chance(part: number): boolean {
    return this.below(1000) < part * 1000;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("Cannot pick from nothing");
    return item;
  }

  some<Item>(items: readonly Item[], count: number): readonly Item[] {
    const left = [...items];
    const chosen: Item[] = [];
    while (chosen.length < count && left.length > 0) {
      chosen.push(...left.splice(this.below(left.length), 1));
    }
    return chosen;
  }
}
