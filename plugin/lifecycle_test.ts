// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import { PluginError } from "./errors.ts";
import { PLUGIN_MOVES, PLUGIN_STATES, PluginLifecycle, type PluginState } from "./lifecycle.ts";

/** A way to each state. */
const WAYS: Record<PluginState, PluginState[]> = {
  discovered: [],
  validating: ["validating"],
  loading: ["validating", "loading"],
  running: ["validating", "loading", "running"],
  draining: ["validating", "loading", "running", "draining"],
  stopping: ["validating", "loading", "running", "stopping"],
  stopped: ["validating", "loading", "running", "stopping", "stopped"],
  error: ["validating", "error"],
};

/** What the states mean, written down a second time. */
const ALLOWED = new Set([
  "discovered validating",
  "discovered stopped",
  "validating loading",
  "validating stopped",
  "validating error",
  "loading running",
  "loading stopping",
  "loading error",
  "running draining",
  "running stopping",
  "running error",
  "draining stopping",
  "draining error",
  "stopping stopped",
  "stopping error",
  "stopped validating",
  "error validating",
  "error stopped",
]);

Deno.test("PluginLifecycle.moveTo() allows the moves of the table and refuses every other", async (t) => {
  for (const from of PLUGIN_STATES) {
    for (const to of PLUGIN_STATES) {
      const isAllowed = ALLOWED.has(`${from} ${to}`);
      await t.step(`${from} to ${to}: ${isAllowed ? "allowed" : "refused"}`, () => {
        const lifecycle = new PluginLifecycle("echo");
        for (const state of WAYS[from]) lifecycle.moveTo(state);
        assertEquals(lifecycle.state, from);
        assertEquals(lifecycle.canMoveTo(to), isAllowed);
        if (isAllowed) return lifecycle.moveTo(to);
        const error = assertThrows(
          () => lifecycle.moveTo(to),
          PluginError,
          `from ${from} to ${to}`,
        );
        assertEquals([error.code, error.plugin, lifecycle.state], ["invalid_state", "echo", from]);
      });
    }
  }
});

Deno.test("PluginLifecycle tells its listener each move after it is made", () => {
  const moves: string[] = [];
  const lifecycle: PluginLifecycle = new PluginLifecycle("echo", (to, from) => {
    moves.push(`${from} ${to} ${lifecycle.state}`);
  });
  lifecycle.moveTo("validating");
  lifecycle.moveTo("error");
  assertEquals(moves, ["discovered validating validating", "validating error error"]);
});

Deno.test("PLUGIN_MOVES leads from every state to every state but discovered", () => {
  for (const start of PLUGIN_STATES) {
    const reached = new Set<PluginState>();
    const open: PluginState[] = [start];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      for (const next of PLUGIN_MOVES[state]) {
        if (!reached.has(next)) open.push(next);
        reached.add(next);
      }
    }
    assertEquals(
      [...reached].sort(),
      PLUGIN_STATES.filter((state) => state !== "discovered").sort(),
    );
  }
});
