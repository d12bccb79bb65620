// SPDX-License-Identifier: Apache-2.0

/** A word in 3 of 10 messages. */
export const COMMON_WORD = "project";
/** A word in 1 of 5,000 messages. */
export const RARE_WORD = "quokka";
/** Holds 1 of 200 messages. */
export const SMALL_WORKSPACE = "small";
/** Holds the other messages. */
export const LARGE_WORKSPACE = "large";

const FIRST_MOMENT = Date.UTC(2026, 0, 1);
const WORDS = 50_000;
const SYLLABLES = "ka lo mi ren tu vas pel dor shi nak bre fo gal hu jem quo sti wun xi yor zet"
  .split(" ");

/** Makes the same numbers from 0 to 1 each time (xorshift). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Makes an id that grows with time, as the agent's are: a UUID of version 7. */
export function timeOrderedId(index: number): string {
  const time = (FIRST_MOMENT + index).toString(16).padStart(12, "0");
  const rest = (Math.imul(index + 1, 0x9e3779b1) >>> 0).toString(16).padStart(
    8,
    "0",
  );
  const more = (Math.imul(index + 1, 0x85ebca6b) >>> 0).toString(16).padStart(
    8,
    "0",
  );
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${
    rest.slice(6)
  }${more}${more.slice(0, 2)}`;
}

/** Gives the moment of the message of an index: one each second. */
export function momentOf(index: number): Date {
  return new Date(FIRST_MOMENT + index * 1000);
}

/** Gives the workspace of the message of an index. */
export function workspaceOf(index: number): string {
  return index % 200 === 0 ? SMALL_WORKSPACE : LARGE_WORKSPACE;
}

/** Makes the texts of messages: 6 to 30 words, most of them frequent, as in a language. */
export function createTexts(seed = 7): () => string {
  const random = createRandom(seed);
  const vocabulary = Array.from({ length: WORDS }, (_, rank) => wordOf(rank));
  let made = 0;
  return () => {
    const length = 6 + Math.floor(random() * 25);
    const words: string[] = [];
    for (let n = 0; n < length; n++) {
      words.push(vocabulary[Math.floor(WORDS ** random()) - 1] ?? "");
    }
    if (random() < 0.3) words[0] = COMMON_WORD;
    if (made++ % 5000 === 1) words[1] = RARE_WORD;
    return words.join(" ");
  };
}

function wordOf(rank: number): string {
  let word = "";
  for (
    let left = rank + SYLLABLES.length;
    left > 0;
    left = Math.floor(left / SYLLABLES.length)
  ) {
    word += SYLLABLES[left % SYLLABLES.length] ?? "";
  }
  return word;
}

/** Makes vectors that lie in groups, as embeddings of texts do. */
export function createVectors(
  dimensions: number,
  seed = 11,
): () => Float32Array {
  const random = createRandom(seed);
  const make = (scale: number) =>
    Float32Array.from({ length: dimensions }, () => scale * (random() - 0.5));
  const centers = Array.from({ length: 500 }, () => make(1));
  return () => {
    const center = centers[Math.floor(random() * centers.length)] ??
      new Float32Array(dimensions);
    const vector = make(0.7);
    for (let i = 0; i < dimensions; i++) {
      vector[i] = (vector[i] ?? 0) + (center[i] ?? 0);
    }
    return vector;
  };
}

/** Runs writes in groups that are committed together. */
export async function inGroups(
  from: number,
  to: number,
  write: (index: number) => Promise<void>,
): Promise<void> {
  for (let first = from; first < to; first += 1000) {
    const count = Math.min(1000, to - first);
    await Promise.all(
      Array.from({ length: count }, (_, n) => write(first + n)),
    );
  }
}
