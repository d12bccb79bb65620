// SPDX-License-Identifier: Apache-2.0

import type { ConfigIssue, ConfigIssueCode } from "./errors.ts";
import type { Path } from "./_path.ts";

/** An issue that does not know yet where its value came from. */
export interface Problem {
  readonly code: ConfigIssueCode;
  readonly path: Path;
  readonly message: string;
  /** Whether it is about the key itself. */
  readonly part?: "key" | undefined;
}

/** Where a value came from. */
export type Place = Pick<ConfigIssue, "source" | "line" | "column">;

/** Finds where a value came from. */
export type Locate = (problem: Pick<Problem, "path" | "part">) => Place;

/** Puts issues in the order of the file; what is not from the file comes last, as it was. */
export function sortIssues(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return issues.toSorted((a, b) =>
    (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0
  );
}
