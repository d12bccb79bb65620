// SPDX-License-Identifier: Apache-2.0

/** What stands in the place of a secret wherever one would be shown. */
export const REDACTED = "[redacted]";

/**
 * A text that must not be shown: a token, a key, a password.
 *
 * It shows as `[redacted]` in `JSON.stringify`, `String`, `Deno.inspect` and `console.log`. Only
 * {@linkcode Secret.reveal} gives the text.
 *
 * @example Usage
 * ```ts
 * import { Secret } from "@sigil/config";
 *
 * const secret = new Secret("sk-123");
 * console.assert(JSON.stringify({ secret }) === '{"secret":"[redacted]"}');
 * console.assert(secret.reveal() === "sk-123");
 * ```
 */
export class Secret {
  readonly #text: string;

  /**
   * Hides a text.
   *
   * @throws {TypeError} When the text cannot be a secret: it is blank, is the word `undefined` or
   *   `null`, or holds the redaction mark.
   */
  constructor(text: string) {
    const problem = findSecretProblem(text);
    if (problem !== undefined) throw new TypeError(`Cannot make a secret: ${problem}`);
    this.#text = text;
    Object.freeze(this);
  }

  /** Gives the text. Hand it to what needs it and keep it nowhere. */
  reveal(): string {
    return this.#text;
  }

  /** Gives the redaction mark. */
  toString(): string {
    return REDACTED;
  }

  /** Gives the redaction mark. */
  toJSON(): string {
    return REDACTED;
  }

  /** Gives the redaction mark, for `Deno.inspect` and `console`. */
  [Symbol.for("Deno.customInspect")](): string {
    return REDACTED;
  }

  /** Gives the redaction mark, for `node:util` and what builds on it. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}

/** Says why a text cannot be a secret, without showing it. */
export function findSecretProblem(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return "it is empty";
  if (trimmed === "undefined" || trimmed === "null") return `it is the word "${trimmed}"`;
  if (text.includes(REDACTED)) return `it holds the redaction mark "${REDACTED}"`;
}
