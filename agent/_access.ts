// SPDX-License-Identifier: Apache-2.0

import type { Session, SessionStore, WorkspaceStores } from "@sigil/store";
import { AgentError } from "./errors.ts";
import { hasCode } from "./_failure.ts";
import type { Parts } from "./_parts.ts";
import { excerpt } from "./_text.ts";

/** Who speaks, and where. */
export interface Speaker {
  readonly workspaceId: string;
  readonly userId: string;
  readonly sessionId: string;
}

/**
 * Opens the stores of the speaker's workspace.
 *
 * @throws {AgentError} With code `forbidden` when the user is no member, `not_found` when there is no
 *   such workspace.
 */
export async function enterWorkspace(parts: Parts, speaker: Speaker): Promise<WorkspaceStores> {
  const { workspaceId } = speaker;
  if (!await isMember(parts, speaker)) {
    throw new AgentError(
      "forbidden",
      `Cannot use ${named("workspace", workspaceId)}: not a member`,
    );
  }
  try {
    return await parts.openWorkspace(workspaceId);
  } catch (cause) {
    if (!hasCode(cause, "not_found")) throw cause;
    const message = `Cannot use ${named("workspace", workspaceId)}: there is no such workspace`;
    throw new AgentError("not_found", message, { cause });
  }
}

/** A user who is not known is no member. */
async function isMember(parts: Parts, speaker: Speaker): Promise<boolean> {
  try {
    return await parts.isMember(speaker);
  } catch (error) {
    if (hasCode(error, "not_found")) return false;
    throw error;
  }
}

/**
 * Gives the speaker's session, or undefined when there is none yet.
 *
 * @throws {AgentError} With code `forbidden` when it is another's, or takes no part in conversation.
 */
export async function findSession(
  sessions: SessionStore,
  speaker: Speaker,
): Promise<Session | undefined> {
  try {
    const session = await sessions.getSession(speaker.sessionId);
    checkAccess(session, speaker);
    return session;
  } catch (error) {
    if (hasCode(error, "not_found")) return undefined;
    throw error;
  }
}

/**
 * Adds the session of a speaker; when somebody was quicker, it must be the speaker's own.
 *
 * @returns The session, and whether it is new.
 */
export async function createSession(
  sessions: SessionStore,
  speaker: Speaker,
  now: Date,
): Promise<{ readonly session: Session; readonly isNew: boolean }> {
  const { sessionId: id, workspaceId, userId } = speaker;
  let isNew = true;
  try {
    await sessions.createSession({ id, workspaceId, userId, createdAt: now, updatedAt: now });
  } catch (error) {
    if (!hasCode(error, "conflict")) throw error;
    isNew = false;
  }
  const session = await sessions.getSession(id);
  checkAccess(session, speaker);
  return { session, isNew };
}

function checkAccess(session: Session, { workspaceId, userId, sessionId }: Speaker): void {
  const refuse = (why: string) =>
    new AgentError("forbidden", `Cannot use ${named("session", sessionId)}: ${why}`);
  if (session.workspaceId !== workspaceId) throw refuse("it belongs to another workspace");
  if (session.userId !== userId) throw refuse("it belongs to another user");
  if (session.status !== "active") throw refuse(`it is ${session.status}`);
}

function named(kind: string, id: string): string {
  return `${kind} "${excerpt(id, 200)}"`;
}
