// SPDX-License-Identifier: Apache-2.0

import { StoreError, type StoreErrorCode } from "./errors.ts";

/** What was being done, and to which thing: the first half of every error message. */
export interface Task {
  /** A verb with its object, such as `append message`. */
  readonly action: string;
  /** The id, path or name of the thing. */
  readonly subject: string;
}

const LONGEST_SUBJECT = 80;

/** Makes the error `Cannot <action> "<subject>": <reason>`. */
export function cannot(
  task: Task,
  code: StoreErrorCode,
  reason: string,
  cause?: unknown,
): StoreError {
  const subject = nameOf(task.subject);
  const shown = subject.length <= LONGEST_SUBJECT
    ? subject
    : `${subject.slice(0, LONGEST_SUBJECT)}…`;
  return new StoreError(code, `Cannot ${task.action} ${JSON.stringify(shown)}: ${reason}`, {
    subject,
    cause,
  });
}

/** The subject is often an argument that is about to be refused, and so may be anything. */
function nameOf(subject: unknown): string {
  return typeof subject === "string" ? subject : `(${typeof subject})`;
}
