// SPDX-License-Identifier: Apache-2.0

import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";

const DRAFT_7 = /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/;

/** Gives a validator for the draft of a JSON Schema: 2020-12, or 7 when it says so. */
export function ajvFor(schema: Readonly<Record<string, unknown>>): Ajv | Ajv2020 {
  const options = {
    strict: false,
    allErrors: true,
    validateFormats: false,
    useDefaults: true,
  } as const;
  const isDraft7 = typeof schema.$schema === "string" && DRAFT_7.test(schema.$schema);
  return isDraft7 ? new Ajv(options) : new Ajv2020(options);
}
