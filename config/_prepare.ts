// SPDX-License-Identifier: Apache-2.0

import { interpolate } from "./_interpolate.ts";
import { formatPath, isMapping, type Path } from "./_path.ts";
import type { Problem } from "./_problem.ts";
import { childSchema, coerceText, kindOf, type Schema, type SchemaKind } from "./_schema_kind.ts";
import { findSecretProblem, REDACTED, Secret } from "./secret.ts";

const SECRET_KEY =
  /(?:^|[_-])(?:token|secret|password|passwd|pwd|passphrase|credential|(?:api|private|access)[_-]?key)s?$/i;
const CAMEL_HUMP = /([a-z0-9])([A-Z])/g;

/** What to do with the texts of a tree. */
export interface PrepareOptions {
  /** Gives a variable for `${NAME}`. */
  readonly getVariable: (name: string) => string | undefined;
  /** Whether the text at a path is from the file, where alone `${NAME}` means something. */
  readonly isFromFile: (path: Path) => boolean;
}

/** A tree that is ready to be checked against the schema. */
export interface Prepared {
  /** The tree, without the keys that have no value and with secrets as {@linkcode Secret}s. */
  readonly value: unknown;
  /** What was wrong with texts. */
  readonly problems: readonly Problem[];
  /** Paths of values that hold a variable and are no secrets by the schema. */
  readonly filled: ReadonlySet<string>;
}

/** Fills in variables, hides secrets, and drops keys without a value. */
export function prepareTree(tree: unknown, schema: Schema, options: PrepareOptions): Prepared {
  const preparer = new Preparer(options);
  return {
    value: preparer.prepare(tree, schema, []) ?? {},
    problems: preparer.problems,
    filled: preparer.filled,
  };
}

class Preparer {
  readonly problems: Problem[] = [];
  readonly filled = new Set<string>();
  readonly #options: PrepareOptions;

  constructor(options: PrepareOptions) {
    this.#options = options;
  }

  prepare(value: unknown, schema: Schema | undefined, path: Path): unknown {
    const type = schema && kindOf(schema).type;
    if (value === null) return withoutValue(type);
    if (typeof value === "string") return this.#prepareText(value, schema, path);
    if (Array.isArray(value)) {
      return value.map((item, i) =>
        this.prepare(item, schema && childSchema(schema, i), [...path, i])
      );
    }
    return isMapping(value) ? this.#prepareMapping(value, schema, path) : value;
  }

  #prepareMapping(mapping: object, schema: Schema | undefined, path: Path): unknown {
    const entries = new Map<string, unknown>();
    for (const [key, value] of Object.entries(mapping)) {
      const child = [...path, key];
      if (key === "__proto__") {
        const message = 'The key "__proto__" cannot be used';
        this.problems.push({ code: "unknown_key", path: child, message, part: "key" });
        continue;
      }
      const prepared = this.prepare(value, schema && childSchema(schema, key), child);
      if (prepared !== undefined) entries.set(key, prepared);
    }
    return Object.fromEntries(entries);
  }

  #prepareText(text: string, schema: Schema | undefined, path: Path): unknown {
    if (text === REDACTED) {
      return this.#report("invalid_secret", path, `"${REDACTED}" is a redaction mark, not a value`);
    }
    if (!this.#options.isFromFile(path)) return this.#finish(text, false, schema, path);
    const result = interpolate(text, this.#options.getVariable);
    switch (result.status) {
      case "malformed":
        return this.#report(
          "invalid_value",
          path,
          "Expected ${NAME} with the name of a variable; write $${ for ${ itself",
        );
      case "missing":
        return this.#report(
          "missing_secret",
          path,
          `The environment variable ${result.name} is not set, or empty`,
        );
      default:
        return this.#finish(result.text, result.status === "filled", schema, path);
    }
  }

  #finish(text: string, isFilled: boolean, schema: Schema | undefined, path: Path): unknown {
    if (schema === undefined) return text;
    const { type } = kindOf(schema);
    if (type === "secret" || (type === "any" && (isFilled || isSecretKey(path)))) {
      return this.#hide(text, path);
    }
    if (!isFilled) return text;
    this.filled.add(formatPath(path));
    return coerceText(text, schema);
  }

  #hide(text: string, path: Path): Secret | undefined {
    const problem = findSecretProblem(text);
    if (problem === undefined) return new Secret(text);
    this.#report("invalid_secret", path, `It cannot be a secret: ${problem}`);
  }

  #report(code: Problem["code"], path: Path, message: string): undefined {
    this.problems.push({ code, path, message });
  }
}

/** Gives what a key without a value means: nothing, unless it names an entry such as a user. */
function withoutValue(type: SchemaKind["type"] | undefined): unknown {
  if (type === "any") return null;
  return type === "object" ? {} : undefined;
}

/** Whether a key of an unknown form names a secret; items of a list are named by its key. */
function isSecretKey(path: Path): boolean {
  const key = path.findLast((segment) => typeof segment === "string") ?? "";
  return SECRET_KEY.test(key.replace(CAMEL_HUMP, "$1_$2"));
}
