// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";

/** Tells in plain words what is wrong with a piece of a request, where zod's own are not. */
export function issueText(issue: z.core.$ZodIssue): string {
  const { code, message } = issue;
  if (code === "invalid_type" && message.endsWith("received undefined")) return "it is missing";
  if (code === "too_small" && issue.minimum === 1 && issue.origin in UNITS) return "it is empty";
  if (code === "too_big" && issue.origin in UNITS) {
    return `it has more than ${issue.maximum} ${UNITS[issue.origin]}`;
  }
  return message;
}

const UNITS: Readonly<Record<string, string>> = { array: "entries", string: "characters" };
