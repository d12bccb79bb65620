// SPDX-License-Identifier: Apache-2.0

/**
 * Turns what is handed in into what is kept: checks every field and fills in what was left out.
 */

import type { Task } from "./_cannot.ts";
import { cannot } from "./_cannot.ts";
import {
  checkCount,
  checkDate,
  checkFraction,
  checkJsonObject,
  checkKey,
  checkKeys,
  checkOneOf,
  checkStrings,
  checkText,
  checkWord,
} from "./_validate.ts";
import type { AuditEntry, AuditEntryInput } from "./audit_store.ts";
import {
  type Entity,
  type EntityInput,
  type Fact,
  type FactInput,
  PROVENANCES,
  type Relationship,
  type RelationshipInput,
} from "./knowledge_store.ts";
import { type Message, MESSAGE_ROLES, type MessageInput } from "./message.ts";
import { type Pairing, PAIRING_STATUSES, type PairingInput } from "./pairing_store.ts";
import {
  type Session,
  SESSION_STATUSES,
  type SessionInput,
  type TokenBudget,
  type ToolBudget,
} from "./session_store.ts";
import { type Summary, SUMMARY_STATUSES, type SummaryInput } from "./summary_store.ts";
import type { User, UserIdentity, UserInput } from "./user_store.ts";

/** Completes a session. */
export function completeSession(task: Task, input: SessionInput): Session {
  const createdAt = moment(task, "createdAt", input.createdAt);
  return {
    id: checkKey(task, "id", input.id),
    workspaceId: checkKey(task, "workspaceId", input.workspaceId),
    userId: checkKey(task, "userId", input.userId),
    summary: checkText(task, "summary", input.summary ?? ""),
    lastCompaction: optionalMoment(task, "lastCompaction", input.lastCompaction),
    modelOverride: checkWord(task, "modelOverride", input.modelOverride ?? ""),
    toolBudget: completeToolBudget(task, input.toolBudget ?? {}),
    tokenBudget: completeTokenBudget(task, input.tokenBudget ?? {}),
    status: checkOneOf(task, "status", input.status ?? "active", SESSION_STATUSES),
    createdAt,
    updatedAt: input.updatedAt === undefined
      ? createdAt
      : moment(task, "updatedAt", input.updatedAt),
  };
}

function completeToolBudget(task: Task, budget: Partial<ToolBudget>): ToolBudget {
  return {
    maxCallsPerTurn: checkCount(task, "toolBudget.maxCallsPerTurn", budget.maxCallsPerTurn ?? 0),
    maxCallsPerSession: checkCount(
      task,
      "toolBudget.maxCallsPerSession",
      budget.maxCallsPerSession ?? 0,
    ),
    used: checkCount(task, "toolBudget.used", budget.used ?? 0),
  };
}

function completeTokenBudget(task: Task, budget: Partial<TokenBudget>): TokenBudget {
  return {
    maxPerSession: checkCount(task, "tokenBudget.maxPerSession", budget.maxPerSession ?? 0),
    maxPerHour: checkCount(task, "tokenBudget.maxPerHour", budget.maxPerHour ?? 0),
    maxPerDay: checkCount(task, "tokenBudget.maxPerDay", budget.maxPerDay ?? 0),
    usedSession: checkCount(task, "tokenBudget.usedSession", budget.usedSession ?? 0),
    usedHour: checkCount(task, "tokenBudget.usedHour", budget.usedHour ?? 0),
    usedDay: checkCount(task, "tokenBudget.usedDay", budget.usedDay ?? 0),
  };
}

/** Completes a message. One with another `sessionId` than the session it is handed to is refused. */
export function completeMessage(task: Task, input: MessageInput, sessionId?: string): Message {
  if (sessionId !== undefined && input.sessionId && input.sessionId !== sessionId) {
    throw cannot(task, "invalid_input", `sessionId is not ${JSON.stringify(sessionId)}`);
  }
  return {
    id: checkKey(task, "id", input.id),
    sessionId: sessionId ?? checkWord(task, "sessionId", input.sessionId ?? ""),
    role: checkOneOf(task, "role", input.role, MESSAGE_ROLES),
    content: checkText(task, "content", input.content),
    toolCallId: checkWord(task, "toolCallId", input.toolCallId ?? ""),
    toolName: checkWord(task, "toolName", input.toolName ?? ""),
    createdAt: moment(task, "createdAt", input.createdAt),
    metadata: checkStrings(task, "metadata", input.metadata ?? {}),
  };
}

/** Completes a summary. */
export function completeSummary(task: Task, workspaceId: string, input: SummaryInput): Summary {
  const fromTime = moment(task, "fromTime", input.fromTime);
  const toTime = moment(task, "toTime", input.toTime);
  if (toTime < fromTime) throw cannot(task, "invalid_input", "toTime is before fromTime");
  return {
    id: checkKey(task, "id", input.id),
    workspaceId: sameWorkspace(task, workspaceId, input.workspaceId),
    fromTime,
    toTime,
    content: checkText(task, "content", input.content),
    messageIds: checkKeys(task, "messageIds", input.messageIds ?? []),
    status: checkOneOf(task, "status", input.status ?? "confirmed", SUMMARY_STATUSES),
    createdAt: moment(task, "createdAt", input.createdAt),
  };
}

/** Completes an entity. */
export function completeEntity(task: Task, workspaceId: string, input: EntityInput): Entity {
  const createdAt = moment(task, "createdAt", input.createdAt);
  return {
    id: checkKey(task, "id", input.id),
    workspaceId: sameWorkspace(task, workspaceId, input.workspaceId),
    type: checkKey(task, "type", input.type),
    name: checkWord(task, "name", input.name),
    properties: checkJsonObject(task, "properties", input.properties ?? {}),
    createdAt,
    updatedAt: input.updatedAt === undefined
      ? createdAt
      : moment(task, "updatedAt", input.updatedAt),
  };
}

/** Completes a relationship. */
export function completeRelationship(task: Task, input: RelationshipInput): Relationship {
  return {
    id: checkKey(task, "id", input.id),
    fromId: checkKey(task, "fromId", input.fromId),
    toId: checkKey(task, "toId", input.toId),
    type: checkKey(task, "type", input.type),
    metadata: checkJsonObject(task, "metadata", input.metadata ?? {}),
  };
}

/** Completes a fact. */
export function completeFact(task: Task, workspaceId: string, input: FactInput): Fact {
  return {
    id: checkKey(task, "id", input.id),
    workspaceId: sameWorkspace(task, workspaceId, input.workspaceId),
    entityId: checkKey(task, "entityId", input.entityId),
    predicate: checkKey(task, "predicate", input.predicate),
    value: checkText(task, "value", input.value),
    confidence: checkFraction(task, "confidence", input.confidence ?? 1),
    source: checkWord(task, "source", input.source ?? ""),
    provenance: checkOneOf(task, "provenance", input.provenance ?? "user", PROVENANCES),
    createdAt: moment(task, "createdAt", input.createdAt),
    validAt: optionalMoment(task, "validAt", input.validAt),
    invalidAt: optionalMoment(task, "invalidAt", input.invalidAt),
  };
}

/** Completes a user. */
export function completeUser(task: Task, input: UserInput): User {
  const createdAt = moment(task, "createdAt", input.createdAt);
  return {
    id: checkKey(task, "id", input.id),
    name: checkWord(task, "name", input.name),
    role: checkKey(task, "role", input.role ?? "member"),
    identities: completeIdentities(task, input.identities ?? []),
    createdAt,
    updatedAt: input.updatedAt === undefined
      ? createdAt
      : moment(task, "updatedAt", input.updatedAt),
  };
}

function completeIdentities(
  task: Task,
  identities: readonly UserIdentity[],
): readonly UserIdentity[] {
  return identities.map(({ channel, platformId }, index) => ({
    channel: checkKey(task, `identities[${index}].channel`, channel),
    platformId: checkKey(task, `identities[${index}].platformId`, platformId),
  }));
}

/** Completes a pairing. */
export function completePairing(task: Task, input: PairingInput): Pairing {
  return {
    id: checkKey(task, "id", input.id),
    userId: checkKey(task, "userId", input.userId),
    channelType: checkKey(task, "channelType", input.channelType),
    channelId: checkKey(task, "channelId", input.channelId),
    workspaceId: checkKey(task, "workspaceId", input.workspaceId),
    status: checkOneOf(task, "status", input.status ?? "pending", PAIRING_STATUSES),
    createdAt: moment(task, "createdAt", input.createdAt),
  };
}

/** Completes an audit entry. */
export function completeAuditEntry(task: Task, input: AuditEntryInput): AuditEntry {
  return {
    id: checkKey(task, "id", input.id),
    timestamp: moment(task, "timestamp", input.timestamp),
    action: checkKey(task, "action", input.action),
    actor: checkKey(task, "actor", input.actor),
    plugin: checkWord(task, "plugin", input.plugin ?? ""),
    workspaceId: checkWord(task, "workspaceId", input.workspaceId ?? ""),
    sessionId: checkWord(task, "sessionId", input.sessionId ?? ""),
    details: checkJsonObject(task, "details", input.details ?? {}),
    result: checkKey(task, "result", input.result),
  };
}

function sameWorkspace(task: Task, workspaceId: string, stated: string | undefined): string {
  if (stated && stated !== workspaceId) {
    throw cannot(task, "invalid_input", `workspaceId is not ${JSON.stringify(workspaceId)}`);
  }
  return workspaceId;
}

function moment(task: Task, field: string, value: Date | undefined): Date {
  return value === undefined ? new Date() : checkDate(task, field, value);
}

function optionalMoment(task: Task, field: string, value: Date | null | undefined): Date | null {
  return value === undefined || value === null ? null : checkDate(task, field, value);
}
