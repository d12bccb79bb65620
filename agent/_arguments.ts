// SPDX-License-Identifier: Apache-2.0

import { type OutputUnit, type SchemaDraft, Validator } from "@cfworker/json-schema";
import { AgentError } from "./errors.ts";
import { excerpt } from "./_text.ts";

type Schema = Readonly<Record<string, unknown>>;

/** How many mismatches a model is told of at once. */
const MAX_MISMATCHES = 5;

/** Keywords that only say that something beneath them does not match. */
const ENCLOSING = ["properties", "items", "$ref", "additionalProperties", "prefixItems"];

/** Validators are kept as long as their schemas live. */
const validators = new WeakMap<Schema, Validator>();

/**
 * Reads the arguments that a model wrote for a tool, and checks them against the tool's schema.
 *
 * The schema is interpreted, never compiled: it may come from a plugin.
 *
 * @throws {AgentError} With code `invalid_input`; its message is made for the model.
 */
export function parseArguments(text: string, schema: Schema): Readonly<Record<string, unknown>> {
  const input = parseObject(text);
  const { valid, errors } = check(schema, input);
  if (!valid) {
    throw new AgentError("invalid_input", `its arguments do not match its schema: ${list(errors)}`);
  }
  return input;
}

/** Whether a text is a JSON object, so that it can be shown to any vendor again. */
export function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function parseObject(text: string): Record<string, unknown> {
  if (text.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "malformed";
    throw new AgentError("invalid_input", `its arguments are not JSON: ${excerpt(why, 200)}`, {
      cause,
    });
  }
  if (isObject(value)) return value;
  throw new AgentError("invalid_input", "its arguments are not a JSON object");
}

function check(schema: Schema, input: unknown): ReturnType<Validator["validate"]> {
  try {
    return validatorOf(schema).validate(input);
  } catch (cause) {
    throw new AgentError("invalid_input", "its schema cannot be applied", { cause });
  }
}

function validatorOf(schema: Schema): Validator {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  const validator = new Validator(schema, draftOf(schema), false);
  validators.set(schema, validator);
  return validator;
}

function draftOf(schema: Schema): SchemaDraft {
  const named = String(schema.$schema ?? "");
  if (named.includes("draft-04")) return "4";
  if (named.includes("draft-06") || named.includes("draft-07")) return "7";
  return named.includes("2019-09") ? "2019-09" : "2020-12";
}

function list(errors: readonly OutputUnit[]): string {
  const precise = errors.filter((unit) =>
    !ENCLOSING.includes(unit.keyword) && unit.keyword !== "false"
  );
  const told = precise.length > 0 ? precise : errors.filter((unit) => unit.keyword !== "false");
  return told.slice(0, MAX_MISMATCHES).map(describe).join("; ");
}

function describe({ instanceLocation, error }: OutputUnit): string {
  const path = instanceLocation.slice(1) || "/";
  return `${excerpt(path, 100)}: ${excerpt(error, 200).replace(/\.$/, "")}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
