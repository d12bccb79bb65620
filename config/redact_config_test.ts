// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  ConfigError,
  makeConfig,
  parseConfig,
  redactConfig,
  revealSecrets,
  Secret,
  validateConfig,
} from "./mod.ts";

const TEXT = `
auth: {token: t0k3n-literal}
storage: {directory: "/srv/\${FOLDER}"}
networking: {allowed_hosts: [plain.example, "\${HOST}"]}
providers:
  openai:
    api_key: \${KEY}
    headers: {X-Team: t34m-literal}
plugins:
  chat:
    config:
      bot_token: b0t-literal
      apiKey: c4mel-literal
      passwords: [p4ss-literal]
      url: https://x.example/\${KEY}
      room: lobby
      limit: 5
      max_tokens: 7
      nothing: null
`;
const ENV = { FOLDER: "f0ld3r", HOST: "h0st.example", KEY: "k3y-variable" };
const SECRETS = [
  "t0k3n-literal",
  "t34m-literal",
  "b0t-literal",
  "c4mel-literal",
  "p4ss-literal",
  "k3y-variable",
];

Deno.test("redactConfig() shows everything but secrets and variables", () => {
  const redacted = redactConfig(parseConfig(TEXT, { env: ENV }));
  assertEquals(redacted.auth, { token: "[redacted]" });
  assertEquals(Object(redacted.storage).directory, "[redacted]");
  assertEquals(Object(redacted.networking).allowed_hosts, ["plain.example", "[redacted]"]);
  assertEquals(Object(redacted.providers).openai.api_key, "[redacted]");
  assertEquals(Object(redacted.providers).openai.headers, { "X-Team": "[redacted]" });
  assertEquals(Object(redacted.plugins).chat.config, {
    bot_token: "[redacted]",
    apiKey: "[redacted]",
    passwords: ["[redacted]"],
    url: "[redacted]",
    room: "lobby",
    limit: 5,
    max_tokens: 7,
    nothing: null,
  });
});

Deno.test("redactConfig() redacts a part, and a copy, of a config", () => {
  const config = parseConfig(TEXT, { env: ENV });
  assertEquals(redactConfig(config.storage).directory, "[redacted]");
  const copy = { ...config, auth: {} };
  assertFalse(JSON.stringify(redactConfig(copy)).includes("f0ld3r"));
});

Deno.test("what redactConfig() gives is never taken for the secret", () => {
  const text = JSON.stringify(redactConfig(parseConfig(TEXT, { env: ENV })));
  const { issues } = assertThrows(() => parseConfig(text), ConfigError);
  assertEquals(new Set(issues.map(({ code }) => code)), new Set(["invalid_secret"]));
  assertEquals(issues.length, 9);
});

Deno.test("a secret shows nowhere but in reveal()", async (t) => {
  const config = parseConfig(TEXT, { env: ENV });
  const shown = {
    "JSON.stringify": JSON.stringify(config),
    "Deno.inspect": Deno.inspect(config, { depth: 20, showHidden: true }),
    "redactConfig": JSON.stringify(redactConfig(config)),
    "validateConfig": JSON.stringify(validateConfig(config)),
  };
  for (const [way, text] of Object.entries(shown)) {
    await t.step(way, () => {
      assertEquals(SECRETS.filter((secret) => text.includes(secret)), []);
    });
  }
});

Deno.test("an error shows no value, wherever in the text it is wrong", () => {
  const keys = ["auth", "token", "providers", "openai", "api_key", "models", "default", "type"];
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("hunter2-literal", "${KEY}", "x ${KEY}/y", "hunter2-literal/x", 5, true),
      fc.dictionary(fc.constantFrom(...keys), tie("tree")),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  })).tree;
  const tail = fc.constantFrom(
    "",
    "\n]",
    "\n\thunter2-literal",
    ": hunter2-literal: x",
    "\n--- hunter2-literal",
  );
  fc.assert(fc.property(value, tail, (tree, end) => {
    const text = JSON.stringify(tree) + end;
    const shown = showFailure(text);
    assertFalse(shown.includes("k3y-variable"), shown);
    // A name that a value refers to is shown, so that the reader knows which; it is no secret there.
    assertFalse(shown.replaceAll('"hunter2-literal"', "").includes("hunter2-literal"), shown);
  }));
});

function showFailure(text: string): string {
  try {
    return JSON.stringify(validateConfig(parseConfig(text, { env: ENV })));
  } catch (error) {
    return Deno.inspect(error, { depth: 20, showHidden: true });
  }
}

Deno.test("revealSecrets() gives a plugin its config", () => {
  const { plugins } = parseConfig(TEXT, { env: ENV });
  assertEquals(revealSecrets(plugins.chat?.config ?? {}), {
    bot_token: "b0t-literal",
    apiKey: "c4mel-literal",
    passwords: ["p4ss-literal"],
    url: "https://x.example/k3y-variable",
    room: "lobby",
    limit: 5,
    max_tokens: 7,
    nothing: null,
  });
});

Deno.test("redactConfig() redacts secrets that were handed in as such", () => {
  const { plugins } = makeConfig({ plugins: { a: { config: { any: new Secret("s3cr3t") } } } });
  assertEquals(redactConfig(plugins), {
    a: { enabled: true, config: { any: "[redacted]" } },
  });
});
