// SPDX-License-Identifier: Apache-2.0

/** Further facts of a {@linkcode ProtocolError}. */
export interface ProtocolErrorOptions {
  /** The version that the other side speaks, when that is what is wrong. */
  readonly version?: number | undefined;
  /** The error beneath, if any. */
  readonly cause?: unknown;
}

/** The other side broke the protocol: nothing that it says can be trusted from here on. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  /** The version that the other side speaks, when that is what is wrong. */
  readonly version: number | undefined;

  /** Makes an error; the message goes on from "Cannot speak to it: ". */
  constructor(message: string, options: ProtocolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.version = options.version;
  }
}
