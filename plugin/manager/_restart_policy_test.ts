// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import { RestartPolicy } from "./_restart_policy.ts";

const SETTINGS = { firstDelayMs: 500, maxDelayMs: 3000, limit: 6, windowMs: 60_000 };

function at(seconds: number): Date {
  return new Date(seconds * 1000);
}

Deno.test("RestartPolicy.crashed() doubles the wait up to a bound, then gives up", () => {
  const policy = new RestartPolicy(SETTINGS);
  const waits = [1, 2, 3, 4, 5, 6, 7].map((second) => policy.crashed(at(second)));
  assertEquals(waits, [500, 1000, 2000, 3000, 3000, undefined, undefined]);
});

Deno.test("RestartPolicy.crashed() forgets crashes that are long past", () => {
  const policy = new RestartPolicy(SETTINGS);
  assertEquals([policy.crashed(at(0)), policy.crashed(at(30))], [500, 1000]);
  assertEquals([policy.crashed(at(60)), policy.crashes], [1000, 2]);
  assertEquals([policy.crashed(at(500)), policy.crashes], [500, 1]);
});

Deno.test("RestartPolicy.reset() starts anew", () => {
  const policy = new RestartPolicy(SETTINGS);
  for (let second = 0; second < 10; second++) policy.crashed(at(second));
  policy.reset();
  assertEquals(policy.crashed(at(11)), 500);
});
