// SPDX-License-Identifier: Apache-2.0

import { InvalidArgumentError } from "commander";

/** Reads the value of an option that is a count. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 10_000) return value;
  throw new InvalidArgumentError("Expected a whole number from 1 to 10000.");
}
