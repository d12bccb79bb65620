// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertMatch } from "@std/assert";
import { ProviderError } from "@sigil/provider";
import { StoreError } from "@sigil/store";
import { GatewayError } from "./errors.ts";
import {
  chatProblem,
  openAiError,
  openAiErrorResponse,
  problemResponse,
  toProblem,
} from "./problem.ts";

Deno.test("toProblem() gives every error its status", async (t) => {
  const cases = [
    { error: new GatewayError("unauthorized", "No"), status: 401, code: "unauthorized" },
    { error: new StoreError("conflict", "Taken"), status: 409, code: "conflict" },
    { error: new StoreError("full", "Full"), status: 507, code: "full" },
    { error: new ProviderError("auth", "Wrong key"), status: 502, code: "auth" },
    { error: new ProviderError("unknown_model", "None"), status: 404, code: "unknown_model" },
    { error: new Error("secret"), status: 500, code: "internal" },
    { error: "secret", status: 500, code: "internal" },
  ];
  for (const { error, status, code } of cases) {
    await t.step(`${code} is ${status}`, () => {
      const problem = toProblem(error);
      assertEquals([problem.status, problem.code], [status, code]);
      assertEquals(problem.message.includes("secret"), false);
    });
  }
});

Deno.test("problemResponse() writes application/problem+json", async () => {
  const issues = [{ path: "name", message: "Expected words" }];
  const nextStep = "Wait";
  const error = new GatewayError("rate_limited", "Slow down", {
    retryAfterMs: 1_200,
    issues,
    nextStep,
  });
  const response = problemResponse(toProblem(error));
  assertEquals(response.headers.get("content-type"), "application/problem+json");
  assertEquals(response.headers.get("retry-after"), "2");
  assertEquals(await response.json(), {
    type: "urn:sigil:error:rate_limited",
    title: "Too Many Requests",
    status: 429,
    code: "rate_limited",
    detail: "Slow down",
    issues,
    nextStep,
  });
});

Deno.test("openAiError() speaks OpenAI's words", async (t) => {
  const cases = [
    { code: "budget", type: "insufficient_quota", said: "insufficient_quota" },
    { code: "rate_limit", type: "rate_limit_error", said: "rate_limit_exceeded" },
    { code: "forbidden", type: "permission_error", said: "forbidden" },
    { code: "overloaded", type: "server_error", said: "overloaded" },
  ] as const;
  for (const { code, type, said } of cases) {
    await t.step(code, () => {
      const { error } = openAiError(chatProblem({ code, message: "Why" }));
      assertEquals(error, { message: "Why", type, param: null, code: said });
    });
  }
  await t.step("unknown_model, with a model that there is", () => {
    const { error } = openAiError(chatProblem({ code: "unknown_model", message: "Why" }));
    const message = 'Why; the model "sigil" is the agent, and GET /v1/models lists the others';
    const type = "invalid_request_error";
    assertEquals(error, { message, type, param: null, code: "model_not_found" });
  });
});

Deno.test("openAiErrorResponse() tells clients whether to try again", async (t) => {
  const cases = [
    { code: "rate_limit", retry: "true" },
    { code: "overloaded", retry: "true" },
    { code: "budget", retry: "false" },
    { code: "auth", retry: "false" },
    { code: "bad_request", retry: "false" },
  ] as const;
  for (const { code, retry } of cases) {
    await t.step(code, async () => {
      const response = openAiErrorResponse(chatProblem({ code, message: "Why" }));
      assertEquals(response.headers.get("x-should-retry"), retry);
      assertMatch(await response.text(), /"message":"Why"/);
    });
  }
});
