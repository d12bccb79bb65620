// SPDX-License-Identifier: Apache-2.0

import { StoreError } from "../errors.ts";

/** Reads JSON that we wrote: anything else in its place means that the file is damaged. */
export function readJson<T>(text: string): T {
  if (text === "{}") return {} as T;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StoreError("corrupt", "Cannot read stored JSON: the file is damaged", { cause });
  }
}

/** Reads one of a fixed list of words that we wrote. */
export function readWord<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) {
    throw new StoreError(
      "corrupt",
      `Cannot read stored word ${JSON.stringify(text)}: it is none of ${words.join(", ")}`,
    );
  }
  return word;
}
