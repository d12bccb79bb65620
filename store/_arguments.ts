// SPDX-License-Identifier: Apache-2.0

/** The arguments of calls that take many, checked once for every backend. */

import type { Task } from "./_cannot.ts";
import {
  checkCount,
  checkKey,
  checkLimit,
  checkOneOf,
  checkRange,
  checkText,
} from "./_validate.ts";
import { type Direction, DIRECTIONS, type TraversalFilter } from "./knowledge_store.ts";
import { MESSAGE_ROLES } from "./message.ts";
import type { SearchOptions } from "./message_store.ts";

const MAX_DEPTH = 100;
const ORDERS = ["relevance", "newest"] as const;

/** How a search orders what it finds, and which part of it is given. */
export interface SearchPage {
  readonly limit: number;
  readonly offset: number;
  readonly order: "relevance" | "newest";
}

/** Checks a search, filters included. */
export function checkSearch(
  task: Task,
  workspaceId: string,
  query: string,
  options: SearchOptions,
): SearchPage {
  checkKey(task, "workspaceId", workspaceId);
  checkText(task, "query", query);
  if (options.sessionId !== undefined) checkKey(task, "sessionId", options.sessionId);
  for (const role of options.roles ?? []) checkOneOf(task, "roles", role, MESSAGE_ROLES);
  if (options.range !== undefined) checkRange(task, options.range);
  return {
    limit: checkLimit(task, options.limit),
    offset: checkCount(task, "offset", options.offset ?? 0),
    order: checkOneOf(task, "order", options.order ?? "relevance", ORDERS),
  };
}

/** How far a traversal goes, which way, and along which types; along all when none is named. */
export interface Walk {
  readonly steps: number;
  readonly direction: Direction;
  readonly types: readonly string[];
}

/** Checks a traversal. */
export function checkWalk(
  task: Task,
  workspaceId: string,
  startId: string,
  depth: number,
  filter: TraversalFilter,
): Walk {
  checkKey(task, "workspaceId", workspaceId);
  checkKey(task, "startId", startId);
  checkCount(task, "depth", depth, MAX_DEPTH);
  const types = filter.relationshipTypes ?? [];
  return {
    steps: Math.min(depth, checkCount(task, "maxDepth", filter.maxDepth ?? MAX_DEPTH)),
    direction: checkOneOf(task, "direction", filter.direction ?? "outgoing", DIRECTIONS),
    types: types.map((type) => checkKey(task, "relationshipTypes", type)),
  };
}
