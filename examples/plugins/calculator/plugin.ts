// SPDX-License-Identifier: Apache-2.0

import type { ToolPlugin } from "@sigil/plugin/sdk";
import { all, create } from "npm:mathjs@^15.2.0";

const MAX_EXPRESSION = 1000;
const MAX_RESULT = 4000;

/** Enough to be exact, and too few to show that 0.1 + 0.2 is not quite 0.3. */
const SIGNIFICANT_DIGITS = 14;

const math = create(all ?? {}, {});
const { evaluate, format } = math;
math.import(Object.fromEntries(forbiddenFunctions().map(refuse)), { override: true });

export default {
  type: "tool",
  tools: {
    calculate: {
      description: "Calculates with numbers, fractions, matrices and units, such as " +
        '"2 * (3 + 4)", "sqrt(2)" or "5 km to mile". Several lines share their variables; ' +
        "the last one is the answer.",
      input: {
        type: "object",
        properties: { expression: { type: "string", minLength: 1, maxLength: MAX_EXPRESSION } },
        required: ["expression"],
        additionalProperties: false,
      },
      execute: ({ expression }: { expression: string }) => calculate(expression),
    },
  },
} satisfies ToolPlugin;

function calculate(expression: string): string {
  const value: unknown = evaluate(expression, new Map());
  if (value === undefined || typeof value === "function") throw new Error("That has no value");
  const text = format(lastOf(value), { precision: SIGNIFICANT_DIGITS });
  return text.length <= MAX_RESULT ? text : `${text.slice(0, MAX_RESULT)}… (cut)`;
}

/** Several lines give a set of results. */
function lastOf(value: unknown): unknown {
  return math.isResultSet(value) ? value.valueOf().at(-1) : value;
}

/** What would change the library for later calls, or do more than calculate. */
function forbiddenFunctions(): readonly string[] {
  return [
    ...["config", "createUnit", "import", "reviver"],
    ...["evaluate", "compile", "parse", "parser"],
    ...["derivative", "simplify", "simplifyCore", "simplifyConstant", "rationalize", "resolve"],
    ...["leafCount", "symbolicEqual"],
  ];
}

function refuse(name: string): [string, () => never] {
  return [name, () => {
    throw new Error(`The function ${name} cannot be used here`);
  }];
}
