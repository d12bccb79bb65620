// SPDX-License-Identifier: Apache-2.0

import { ConfigError, type ConfigErrorCode, type ConfigIssue } from "./errors.ts";

/**
 * Reads the text of a config.
 *
 * @throws {ConfigError} With code `not_found` or `unreadable`, or `invalid` when it is not UTF-8.
 */
export async function readConfigFile(path: string): Promise<string> {
  try {
    return decodeConfig(await Deno.readFile(path), path);
  } catch (cause) {
    throw toConfigError(cause, path);
  }
}

/** Does what {@linkcode readConfigFile} does, at once. */
export function readConfigFileSync(path: string): string {
  try {
    return decodeConfig(Deno.readFileSync(path), path);
  } catch (cause) {
    throw toConfigError(cause, path);
  }
}

function decodeConfig(bytes: Uint8Array, path: string): string {
  try {
    return decode(bytes);
  } catch (cause) {
    const issue = { code: "encoding", line: findBadLine(bytes), column: 1 } as const;
    throw failure("invalid", path, "The file is not UTF-8", { cause, issue });
  }
}

function toConfigError(cause: unknown, path: string): unknown {
  // Deno's own permissions are for whoever starts the program, not for the one who writes the file.
  if (cause instanceof ConfigError || cause instanceof Deno.errors.NotCapable) return cause;
  if (cause instanceof Deno.errors.NotFound) {
    return failure("not_found", path, "There is no such file", { cause });
  }
  return failure("unreadable", path, reasonOf(cause), { cause });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.IsADirectory) return "It is a directory";
  if (cause instanceof Deno.errors.PermissionDenied) return "It may not be read by this user";
  return "The file system refuses to read it";
}

interface FailureDetails {
  readonly cause: unknown;
  readonly issue?: Partial<ConfigIssue>;
}

function failure(
  code: ConfigErrorCode,
  path: string,
  message: string,
  { cause, issue }: FailureDetails,
): ConfigError {
  const reported = { code: "unreadable", path: "", message, source: path, ...issue } as const;
  const issues = [code === "not_found" ? { ...reported, code } : reported];
  return new ConfigError(code, `Cannot read config "${path}"`, { issues, cause });
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** Finds the first line that is not UTF-8; in UTF-8 a line feed is never part of another character. */
function findBadLine(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, start);
    const rest = end === -1 ? bytes.length : end + 1;
    if (!isUtf8(bytes.subarray(start, rest))) return line;
    start = rest;
  }
  return line;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch {
    return false;
  }
}
