// SPDX-License-Identifier: Apache-2.0

/** The predicate of what a user asked to be remembered. */
export const REMEMBERED = "remembered";

/** The entity that stands for a user. */
export function personId(userId: string): string {
  return `user:${userId}`;
}
