// SPDX-License-Identifier: Apache-2.0

import { createHash } from "node:crypto";
import type { MessageRole } from "../message.ts";
import type { Bag } from "./_bag.ts";
import type { RecallKind } from "./recall.ts";

/** What recall holds in memory of a message, a summary or a fact. The text stays in the store. */
export interface Document {
  /** Its kind and id: unique in the workspace. */
  readonly key: string;
  /** What it is. */
  readonly kind: RecallKind;
  /** Its id in its store. */
  readonly id: string;
  /** When it was said, or began, or holds from: milliseconds since 1970. */
  readonly at: number;
  /** Until when, for a summary; else the same as `at`. */
  readonly until: number;
  /** The hash of its text. */
  readonly hash: string;
  /** Its text as terms. */
  readonly bag: Bag;
  /** What only a message has. */
  readonly turn?: Turn;
}

/** A message's place in a conversation. */
export interface Turn {
  /** How many messages of the same moment come before it. */
  readonly tie: number;
  /** The session that it belongs to. */
  readonly sessionId: string;
  /** Its number in the session, from 0. */
  readonly index: number;
  /** Who speaks. */
  readonly role: MessageRole;
  /** Whether it ends with a question. */
  readonly asks: boolean;
  /** What the speaker is called, in lower case; empty when unknown. */
  readonly speaker: string;
}

const HASH_LENGTH = 32;

/** Gives the key of a document. */
export function keyOf(kind: RecallKind, id: string): string {
  return `${kind}:${id}`;
}

/** Gives half of the SHA-256 of a text, in hexadecimal: enough to tell texts apart. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_LENGTH);
}
