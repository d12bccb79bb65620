// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { PathRouter } from "./path_router.ts";

const ROUTER = new PathRouter<string>();
ROUTER.add("get", "/health", "health");
ROUTER.add("get", "/v1/models", "list");
ROUTER.add("get", "/v1/models/{model}", "model");
ROUTER.add("get", "/api/v1/sessions/{session}", "show");
ROUTER.add("delete", "/api/v1/sessions/{session}", "delete");
ROUTER.add("get", "/api/v1/sessions/{session}/messages/{message}", "message");
ROUTER.add("get", "/api/v1/openapi.json", "openapi");

const CASES: readonly (readonly [string, string, string?, Record<string, string>?])[] = [
  ["GET", "/health", "health"],
  ["GET", "/health/", "health"],
  ["GET", "/health?deep=1", "health"],
  ["GET", "/health#top", "health"],
  ["POST", "/health"],
  ["GET", "/"],
  ["GET", "/healthy"],
  ["GET", "//health"],
  ["GET", "/v1/models", "list"],
  ["GET", "/v1/models/openai/gpt-5", "model", { model: "openai/gpt-5" }],
  ["GET", "/v1/models/a%2Fb", "model", { model: "a/b" }],
  ["GET", "/api/v1/sessions/s1", "show", { session: "s1" }],
  ["DELETE", "/api/v1/sessions/s1", "delete", { session: "s1" }],
  ["GET", "/api/v1/sessions/a%20b%C3%BC/", "show", { session: "a bü" }],
  ["GET", "/api/v1/sessions/50%", "show", { session: "50%" }],
  ["GET", "/api/v1/sessions/a/b"],
  ["GET", "/api/v1/sessions/"],
  ["GET", "/api/v1/sessions/s/messages/m?x=/y", "message", { session: "s", message: "m" }],
  ["GET", "/api/v1/openapi.json", "openapi"],
  ["GET", "/api/v1/openapiXjson"],
];

Deno.test("PathRouter finds what a method and a path are for", async (t) => {
  for (const [method, path, target, params = {}] of CASES) {
    await t.step(`${method} ${path}`, () => {
      for (const host of ["http://127.0.0.1:18789", "https://sigil.localhost", "http://[::1]:80"]) {
        const found = ROUTER.find(method, `${host}${path}`);
        assertEquals(found, target === undefined ? undefined : { target, params });
      }
    });
  }
});

Deno.test("PathRouter takes a URL without a path for its root", () => {
  const router = new PathRouter<string>();
  router.add("get", "/", "root");
  assertEquals(router.find("GET", "http://127.0.0.1"), { target: "root", params: {} });
});
