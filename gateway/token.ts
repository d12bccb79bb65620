// SPDX-License-Identifier: Apache-2.0

import { createHash, timingSafeEqual } from "node:crypto";
import { GatewayError } from "./errors.ts";

const MIN_LENGTH = 16;
/** Shorter tokens are compared with as many zeros as are missing. */
const MATCHED_BYTES = 128;
const ENCODER = new TextEncoder();
const WORDS_BY_MISTAKE = new Set(["undefined", "null", "nan", "none", "true", "false"]);

/**
 * Reads the token of a gateway from a file, or makes one there that only its owner can read.
 *
 * Requires `--allow-read` and `--allow-write` for the file.
 *
 * @throws {GatewayError} With code `invalid_token` when the file holds no usable token,
 *   `data_directory` when it can be neither read nor made.
 */
export async function loadOrMakeToken(path: string): Promise<string> {
  try {
    const token = (await Deno.readTextFile(path)).trim();
    checkToken(token, `the file "${path}"`);
    await Deno.chmod(path, 0o600).catch(() => {}); // not on every file system
    return token;
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    if (!(error instanceof Deno.errors.NotFound)) throw cannotUse("read", path, error);
  }
  return await makeToken(path);
}

/**
 * Refuses a token that is empty, too short, or a word that a program wrote by mistake.
 *
 * @param origin Where it comes from, for the error message.
 * @throws {GatewayError} With code `invalid_token`. The token itself is not in the message.
 */
export function checkToken(token: string, origin: string): void {
  const fault = tokenFault(token);
  if (fault === undefined) return;
  throw new GatewayError("invalid_token", `Cannot use the token of ${origin}: ${fault}`, {
    nextStep: "Remove it, and the gateway makes a new one when it starts",
  });
}

/** Tells what is wrong with a token, if anything. */
export function tokenFault(token: string): string | undefined {
  if (token === "") return "it is empty";
  if (WORDS_BY_MISTAKE.has(token.toLowerCase())) return "it is a word that stands for no value";
  if (token.length < MIN_LENGTH) return `it is shorter than ${MIN_LENGTH} characters`;
  if (!/^[\x21-\x7e]+$/.test(token)) return "it holds characters that a header cannot carry";
  return undefined;
}

/** Makes a token of 256 random bits. */
export function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `sigil_${bytes.toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

/** The SHA-256 of a token, as hex: what is kept of a user's token. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/**
 * Compares tokens with one token, in a time that tells neither where they differ nor how long it is.
 *
 * It is asked for every request: bytes side by side cost a third of a hash.
 */
export class TokenMatcher {
  readonly #length: number;
  readonly #own: Uint8Array;
  readonly #shown: Uint8Array;

  /** Makes one that knows the token. */
  constructor(token: string) {
    this.#length = token.length;
    this.#own = new Uint8Array(Math.max(MATCHED_BYTES, token.length));
    this.#shown = new Uint8Array(this.#own.length);
    ENCODER.encodeInto(token, this.#own);
  }

  /** Whether a token, of ASCII characters alone, is that token. */
  matches(token: string): boolean {
    this.#shown.fill(0);
    ENCODER.encodeInto(token, this.#shown);
    const isSame = timingSafeEqual(this.#shown, this.#own);
    return isSame && token.length === this.#length;
  }
}

async function makeToken(path: string): Promise<string> {
  const token = randomToken();
  try {
    await Deno.writeTextFile(path, `${token}\n`, { mode: 0o600, createNew: true });
    return token;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await loadOrMakeToken(path);
    throw cannotUse("make", path, error);
  }
}

function cannotUse(verb: string, path: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new GatewayError("data_directory", `Cannot ${verb} the token file "${path}": ${why}`, {
    nextStep: "Choose a folder that can be read and written with --data",
    cause,
  });
}
