// SPDX-License-Identifier: Apache-2.0

/** The id of the vector of a message. */
export function vectorId(messageId: string): string {
  return `message:${messageId}`;
}

/** The message that a vector belongs to. */
export function messageIdOf(vectorId: string): string {
  return vectorId.slice(vectorId.indexOf(":") + 1);
}
