// SPDX-License-Identifier: Apache-2.0

/** Who speaks in a {@linkcode Message}. */
export type MessageRole = "user" | "assistant" | "system" | "tool";

/** Every {@linkcode MessageRole}, in the order of the wire format. */
export const MESSAGE_ROLES: readonly MessageRole[] = ["user", "assistant", "system", "tool"];

/** One message of a conversation. */
export interface Message {
  /** Unique in its store. Time-ordered ids (UUIDv7) are the fastest to insert. */
  readonly id: string;
  /** The session that it belongs to. */
  readonly sessionId: string;
  /** Who speaks. */
  readonly role: MessageRole;
  /** The text; may be empty. At most 67,108,864 UTF-16 units. */
  readonly content: string;
  /** On a `tool` message: the call that it answers. Empty otherwise. */
  readonly toolCallId: string;
  /** On a `tool` message: the tool that answered. Empty otherwise. */
  readonly toolName: string;
  /** When it was said, to the millisecond. */
  readonly createdAt: Date;
  /** Anything else, as strings. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A {@linkcode Message} as it is handed in: the fields that have a natural empty value may be left out. */
export type MessageInput =
  & Pick<Message, "id" | "role" | "content">
  & {
    readonly [Key in "sessionId" | "toolCallId" | "toolName" | "createdAt" | "metadata"]?:
      | Message[Key]
      | undefined;
  };
