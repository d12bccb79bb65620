// SPDX-License-Identifier: Apache-2.0

import { type Deadline, Deadlines } from "./_deadlines.ts";

Deno.test("Deadlines tells of the first of very many, and goes on with the rest", async () => {
  const deadlines = new Deadlines();
  const late: Deadline[] = [];
  for (let count = 0; count < 300_000; count++) late.push(deadlines.add(3_600_000, () => {}));
  await new Promise<void>((resolve) => deadlines.add(1, resolve));
  await new Promise<void>((resolve) => deadlines.add(1, resolve));
  for (const deadline of late) deadlines.delete(deadline);
});
