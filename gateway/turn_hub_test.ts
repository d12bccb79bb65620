// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeClock } from "../tests/gateway/_fake_clock.ts";
import { GatewayError } from "./errors.ts";
import { type StreamEvent, TurnHub } from "./turn_hub.ts";

const TIMES = { graceMs: 1_000, keepMs: 1_000 };
const NEVER = new AbortController().signal;

async function* tell(count: number): AsyncGenerator<StreamEvent> {
  for (let index = 0; index < count; index++) yield { type: "text_delta", text: `word ${index}` };
}

function start(hub: TurnHub, events: AsyncIterable<StreamEvent>) {
  return hub.start({ userId: "ada", events, stop() {} });
}

Deno.test("HeldTurn.read() gives the same events to every reader, from where they want", async () => {
  const hub = new TurnHub({ clock: new FakeClock(), ...TIMES });
  const turn = start(hub, tell(4));
  const [all, late] = await Promise.all([
    Array.fromAsync(turn.read(0, NEVER)),
    Array.fromAsync(turn.read(2, NEVER)),
  ]);
  assertEquals(all.length, 4);
  assertEquals(late, all.slice(2));
  assertEquals(await Array.fromAsync(turn.read(4, NEVER)), []);
});

Deno.test("HeldTurn.read() keeps memory bounded, and tells who reads too far behind", async () => {
  const hub = new TurnHub({ clock: new FakeClock(), ...TIMES, maxTurnLength: 1_000 });
  const turn = start(hub, tell(100));
  await turn.read(100, NEVER).next(); // until it is over
  assert(turn.length <= 1_000);
  const error = await assertRejects(() => turn.read(0, NEVER).next(), GatewayError);
  assertEquals(error.code, "replay_gone");
  assertEquals((await Array.fromAsync(turn.read(98, NEVER))).length, 2);
});

Deno.test("TurnHub keeps turns that are over within a limit, the newest longest", async () => {
  const hub = new TurnHub({ clock: new FakeClock(), ...TIMES, maxKeptLength: 1_000 });
  const turns = [];
  for (let index = 0; index < 3; index++) {
    const turn = start(hub, tell(5));
    await Array.fromAsync(turn.read(0, NEVER));
    turns.push(turn);
  }
  const [first, , last] = turns;
  assertThrows(() => hub.get(first?.id ?? "", "ada"), GatewayError);
  assertEquals(hub.get(last?.id ?? "", "ada"), last);
});

Deno.test("TurnHub forgets every turn in time, however many there were", async () => {
  const clock = new FakeClock();
  const hub = new TurnHub({ clock, ...TIMES });
  for (let index = 0; index < 1_000; index++) {
    await Array.fromAsync(start(hub, tell(3)).read(0, NEVER));
  }
  assertEquals(hub.size, 1_000);
  clock.advance(TIMES.keepMs);
  assertEquals([hub.size, clock.pending], [0, 0]);
});

Deno.test("HeldTurn.stop() does nothing once the turn is over", async () => {
  const stops: unknown[] = [];
  const hub = new TurnHub({ clock: new FakeClock(), ...TIMES });
  const turn = hub.start({ userId: "ada", events: tell(1), stop: (reason) => stops.push(reason) });
  turn.stop("early");
  await Array.fromAsync(turn.read(0, NEVER));
  turn.stop("late");
  assertEquals(stops, ["early"]);
});

Deno.test("TurnHub.close() leaves no timer behind", async () => {
  const clock = new FakeClock();
  const hub = new TurnHub({ clock, ...TIMES });
  const over = start(hub, tell(1));
  await Array.fromAsync(over.read(0, NEVER));
  const later = Promise.withResolvers<void>();
  const running = start(
    hub,
    (async function* (): AsyncGenerator<StreamEvent> {
      await later.promise;
      yield* tell(1);
    })(),
  );
  hub.close();
  later.resolve();
  await Array.fromAsync(running.read(0, NEVER));
  assertEquals(clock.pending, 0);
});
