// SPDX-License-Identifier: Apache-2.0

import type { Session, SessionChanges } from "@sigil/store";

/** Whether a step, and what it is done with, is the point to be killed at. */
type IsHere = (step: string, args: readonly unknown[]) => boolean;

/** What a change is tried on. */
const SESSION: Session = {
  id: "s1",
  workspaceId: "home",
  userId: "ann",
  summary: "",
  lastCompaction: null,
  modelOverride: "",
  toolBudget: { maxCallsPerTurn: 0, maxCallsPerSession: 0, used: 0 },
  tokenBudget: {
    maxPerSession: 0,
    maxPerHour: 0,
    maxPerDay: 0,
    usedSession: 0,
    usedHour: 0,
    usedDay: 0,
  },
  status: "active",
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** Every point at which a process is killed; from the second turn on. */
export const POINTS = {
  "before the user's message is in memory": at("messages.append", "user"),
  "before the user's message is in the session": at("sessions.appendMessage", "user"),
  "before tool calls are counted": changes(({ toolBudget }) => toolBudget !== undefined),
  "before tool calls are in the session": at("sessions.appendMessage", "assistant"),
  "in a tool": at("tool"),
  "before a run is recorded": at("audit tool.execute"),
  "before a result is in memory": at("messages.append", "tool"),
  "before a result is in the session": at("sessions.appendMessage", "tool"),
  "before the answer": at("answer asked for"),
  "in the answer": at("answer half said"),
  "before the answer is in memory": at("messages.append", "You said"),
  "before the answer is in the session": at("sessions.appendMessage", "You said"),
  "before the turn is recorded": at("audit turn.run"),
  "before a window is rolled over": at("sessions.countMessages"),
  "in a summary": at("summary asked for"),
  "before a summary is stored": at("summaries.store", "pending"),
  "before a summary is confirmed": at("summaries.store", "confirmed"),
  "before the session tells of a summary": changes(({ lastCompaction }) => lastCompaction != null),
  "before messages leave the session": at("sessions.deleteMessages"),
  "before a roll-over is recorded": at("audit session.compact"),
} as const satisfies Record<string, IsHere>;

/** Whether there is a point of that name. */
export function isPoint(name: string): name is keyof typeof POINTS {
  return Object.hasOwn(POINTS, name);
}

/** A call of that method, perhaps only one whose arguments hold a word. */
function at(method: string, word = ""): IsHere {
  return (step, args) => step === method && JSON.stringify(args).includes(word);
}

/** A change of a session of which that is true. */
function changes(isSuch: (changes: SessionChanges) => boolean): IsHere {
  return (step, [_id, change]) =>
    step === "sessions.changeSession" && typeof change === "function" && isSuch(change(SESSION));
}
