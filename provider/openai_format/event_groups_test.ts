// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertRejects } from "@std/assert";
import type { ChatEvent } from "../chat.ts";
import type { Ticks } from "../vendor_call/ticks.ts";
import { EventGroups, type PieceSource } from "./event_groups.ts";

/** Ticks that come when they are told to. */
class HandTicks implements Ticks {
  readonly #waiting = new Set<() => void>();

  get waiting(): number {
    return this.#waiting.size;
  }

  add(run: () => void): void {
    this.#waiting.add(run);
  }

  remove(run: () => void): void {
    this.#waiting.delete(run);
  }

  async tick(): Promise<void> {
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const run of due) run();
    await settled();
  }
}

/** Pieces that come when they are sent. */
class HandSource implements PieceSource {
  reads = 0;
  #waiting: PromiseWithResolvers<Uint8Array | undefined> | undefined;

  read(): Promise<Uint8Array | undefined> {
    this.reads++;
    this.#waiting = Promise.withResolvers();
    return this.#waiting.promise;
  }

  async send(text: string): Promise<void> {
    this.#waiting?.resolve(new TextEncoder().encode(text));
    await settled();
  }

  async end(): Promise<void> {
    this.#waiting?.resolve(undefined);
    await settled();
  }

  async fail(error: unknown): Promise<void> {
    this.#waiting?.reject(error);
    await settled();
  }
}

/** Lets everything run that is not waiting for ticks or pieces. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** Takes each letter for an event, `.` for the end of the answer and `!` for a fault. */
function takeLetters(piece: Uint8Array | undefined, events: ChatEvent[]): boolean {
  if (piece === undefined) throw new Error("cut");
  for (const text of new TextDecoder().decode(piece)) {
    if (text === "!") throw new Error("fault");
    if (text === ".") return true;
    events.push({ type: "text_delta", text });
  }
  return false;
}

function open() {
  const [source, ticks] = [new HandSource(), new HandTicks()];
  const groups = new EventGroups(source, takeLetters, ticks);
  const given: string[] = [];
  const next = async (): Promise<void> => {
    const events = await groups.next();
    given.push(events.map((event) => event.type === "text_delta" ? event.text : "?").join(""));
  };
  return { source, ticks, groups, given, next };
}

Deno.test("EventGroups gives the first events at once, and then what came until the tick", async () => {
  const { source, ticks, groups, given, next } = open();
  const first = next();
  await source.send("a");
  await first;
  assertEquals(given, ["a"]);
  const second = next();
  for (const letter of "bcd") await source.send(letter);
  assertEquals(given, ["a"]);
  await ticks.tick();
  await second;
  assertEquals(given, ["a", "bcd"]);
  const last = next();
  await source.send("e.");
  await last;
  assertEquals([given, groups.isOver, ticks.waiting], [["a", "bcd", "e"], true, 1]);
  groups.close();
  assertEquals(ticks.waiting, 0);
});

Deno.test("EventGroups gives events that come alone at once", async () => {
  const { source, ticks, given, next } = open();
  for (const letter of "abc") {
    const asked = next();
    await source.send(letter);
    await asked;
    await ticks.tick();
  }
  assertEquals([given, ticks.waiting], [["a", "b", "c"], 0]);
});

Deno.test("EventGroups reads no further while a group lies ready that nobody takes", async () => {
  const { source, ticks, given, next } = open();
  const first = next();
  await source.send("a");
  await first;
  assertEquals(source.reads, 1);
  await ticks.tick();
  await source.send("b");
  await source.send("c");
  assertEquals(source.reads, 2);
  await next();
  assertEquals(given, ["a", "b"]);
});

Deno.test("EventGroups goes on over pieces that tell nothing", async () => {
  const { source, given, next } = open();
  const asked = next();
  for (const text of ["", "", "a"]) await source.send(text);
  await asked;
  assertEquals([given, source.reads], [["a"], 3]);
});

Deno.test("EventGroups tells what went wrong after the events before it", async (t) => {
  const faults: Readonly<Record<string, (source: HandSource) => Promise<void>>> = {
    "in a piece": (source) => source.send("b!c"),
    "of the source": async (source) => {
      await source.send("b");
      await source.fail(new Error("fault"));
    },
    "at the end": async (source) => {
      await source.send("b");
      await source.end();
    },
  };
  for (const [name, fault] of Object.entries(faults)) {
    await t.step(name, async () => {
      const { source, groups, given, next } = open();
      const first = next();
      await source.send("a");
      await first;
      const second = next();
      await fault(source);
      await second;
      assertEquals(given, ["a", "b"]);
      await assertRejects(() => groups.next(), Error, name === "at the end" ? "cut" : "fault");
      groups.close();
    });
  }
});

Deno.test("EventGroups takes nothing that comes after it was left", async () => {
  const { source, ticks, groups, given, next } = open();
  const first = next();
  await source.send("a");
  await first;
  const second = next();
  groups.close();
  await source.send("b");
  await source.fail(new Error("late"));
  assertEquals([given, ticks.waiting], [["a"], 0]);
  await ticks.tick();
  void second; // it waits for what will not come, like a generator that was left
});
