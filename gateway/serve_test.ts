// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { App } from "./app.ts";
import { systemClock } from "./clock.ts";
import { GatewayError } from "./errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { parseListen, serve } from "./serve.ts";

const APP: App = {
  routes: [],
  limits: DEFAULT_LIMITS,
  fetch: async () => new Response("Hello"),
  drain: async () => {},
};

Deno.test("parseListen() reads host and port", async (t) => {
  const cases = [
    { text: "127.0.0.1:18789", hostname: "127.0.0.1", port: 18789 },
    { text: "[::1]:80", hostname: "::1", port: 80 },
    { text: "localhost:0", hostname: "localhost", port: 0 },
    { text: ":8080", hostname: "0.0.0.0", port: 8080 },
  ];
  for (const { text, hostname, port } of cases) {
    await t.step(text, () => assertEquals(parseListen(text), { hostname, port }));
  }
  for (const text of ["", "127.0.0.1", "1:2:3", "host:99999", "host:-1", "[::1]"]) {
    await t.step(`but not "${text}"`, () => {
      assertEquals(assertThrows(() => parseListen(text), GatewayError).code, "address_unavailable");
    });
  }
});

Deno.test("serve() listens until it is closed, and closes twice alike", async () => {
  const server = serve(APP, { hostname: "127.0.0.1", port: 0 }, systemClock);
  assertEquals(await (await fetch(server.url)).text(), "Hello");
  await Promise.all([server.close(), server.close()]);
});

Deno.test("serve() says that a port is taken, or an address foreign", async (t) => {
  await using first = serve(APP, { hostname: "127.0.0.1", port: 0 }, systemClock);
  const port = Number(new URL(first.url).port);
  const cases = [
    { hostname: "127.0.0.1", port, code: "address_in_use" },
    { hostname: "203.0.113.7", port: 0, code: "address_unavailable" },
  ];
  for (const { code, ...address } of cases) {
    await t.step(code, () => {
      const error = assertThrows(() => serve(APP, address, systemClock), GatewayError);
      assertEquals(error.code, code);
      assertMatch(error.nextStep ?? "", /--listen/);
    });
  }
});

Deno.test("serve() names an address that can be asked", async () => {
  await using server = serve(APP, { hostname: "0.0.0.0", port: 0 }, systemClock);
  assertMatch(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
});
