// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import { PolledIterator } from "./polled_iterator.ts";

const OVER = { done: true, value: undefined } as const;

/** Items that the test puts there. */
class Items extends PolledIterator<number> {
  readonly items: (number | Error | "over")[] = [];
  left = 0;
  #wake: (() => void)[] = [];

  put(...items: readonly (number | Error | "over")[]): void {
    this.items.push(...items);
    this.wake();
  }

  wake(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  override poll(): IteratorResult<number, undefined> | undefined {
    const item = this.items.shift();
    if (item instanceof Error) throw item;
    if (item === "over") return OVER;
    return item === undefined ? undefined : { done: false, value: item };
  }

  override ready(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  protected override leave(): void {
    this.left++;
  }
}

Deno.test("PolledIterator gives what is there, then what comes", async () => {
  const items = new Items();
  items.put(1, 2);
  const all = Array.fromAsync(items);
  await settle();
  items.put(3, "over");
  assertEquals(await all, [1, 2, 3]);
  assertEquals([await items.next(), items.left], [OVER, 1]);
});

Deno.test("PolledIterator waits on when there is nothing after all", async () => {
  const items = new Items();
  const next = items.next();
  for (let count = 0; count < 3; count++) {
    await settle();
    items.wake();
  }
  items.put(1);
  assertEquals(await next, { done: false, value: 1 });
});

Deno.test("PolledIterator gives those who ask at once their items in their order", async () => {
  const items = new Items();
  const first = [items.next(), items.next(), items.next()];
  items.put(1, 2);
  const rest = [items.next(), items.next()];
  await settle();
  items.put(3, 4, "over");
  const results = await Promise.all([...first, ...rest]);
  assertEquals(results.map(({ value }) => value), [1, 2, 3, 4, undefined]);
});

Deno.test("PolledIterator ends with an error, which one of those who wait is told", async () => {
  const items = new Items();
  const asked = [items.next(), items.next()];
  items.put(new Error("broken"), 2);
  const [first, second] = await Promise.allSettled(asked);
  assertEquals([first?.status, second], ["rejected", { status: "fulfilled", value: OVER }]);
  assertEquals(items.left, 1);
  const broken = new Items();
  broken.put(new Error("broken at once"));
  await assertRejects(() => broken.next(), Error, "broken at once");
  assertEquals([await broken.next(), broken.left], [OVER, 1]);
});

Deno.test("PolledIterator is over once its reader leaves", async () => {
  const items = new Items();
  items.put(1, 2, 3);
  for await (const item of items) if (item === 2) break;
  assertEquals([await items.next(), await items.return(), items.left], [OVER, OVER, 1]);
});

/** Lets every microtask run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
