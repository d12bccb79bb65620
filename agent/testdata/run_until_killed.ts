// SPDX-License-Identifier: Apache-2.0

import { assertEquals } from "@std/assert";
import type { TurnEvent } from "../mod.ts";

/**
 * Runs a script of this folder until it writes that it reached the point, kills it, and gives the events
 * that it had seen. Each line that it writes is either `event <json>` or `reached`.
 */
export async function runUntilKilled(
  script: string,
  directory: string,
  point: string,
): Promise<TurnEvent[]> {
  const path = new URL(script, import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", path, directory, point],
    stdout: "piped",
  }).spawn();
  const events: TurnEvent[] = [];
  for await (const line of child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lines())) {
    if (line === "reached") child.kill("SIGKILL");
    else events.push(JSON.parse(line.slice("event ".length)));
  }
  const { signal } = await child.status;
  assertEquals(signal, "SIGKILL", "the point was never reached");
  return events;
}

/** Cuts text into lines. */
function lines(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(chunk, controller) {
      const parts = (rest + chunk).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) controller.enqueue(line);
    },
  });
}
