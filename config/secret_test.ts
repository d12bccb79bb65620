// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { format, inspect } from "node:util";
import fc from "fast-check";
import { REDACTED, Secret } from "./secret.ts";

Deno.test("Secret shows as the mark wherever it could be printed", async (t) => {
  const secret = new Secret("sk-hidden");
  const shown = {
    "JSON.stringify": JSON.stringify({ secret }),
    "String": String(secret),
    "template": `${secret}`,
    "Deno.inspect": Deno.inspect({ secret }, { depth: 9, showHidden: true }),
    "node:util inspect": inspect({ secret }, { depth: 9, showHidden: true }),
    "node:util format": format("%s %o %j", secret, secret, secret),
    "Error": new Error(`${secret}`, { cause: secret }).message,
    "entries": JSON.stringify([Object.entries(secret), Reflect.ownKeys(secret)]),
  };
  for (const [way, text] of Object.entries(shown)) {
    await t.step(way, () => {
      assertFalse(text.includes("sk-hidden"));
      if (way !== "entries") assert(text.includes(REDACTED));
    });
  }
});

Deno.test("Secret.reveal() gives the text", () => {
  fc.assert(fc.property(fc.string({ minLength: 8 }), (text) => {
    const word = `x${text}`;
    if (!word.includes(REDACTED)) assertEquals(new Secret(word).reveal(), word);
  }));
});

Deno.test("Secret refuses what cannot be one", async (t) => {
  for (const text of ["", "  ", "\n", "undefined", "null", " null ", REDACTED, `x${REDACTED}`]) {
    await t.step(JSON.stringify(text), () => {
      assertThrows(() => new Secret(text), TypeError, "Cannot make a secret: it");
    });
  }
});
