// SPDX-License-Identifier: Apache-2.0

import { checkWalk } from "../_arguments.ts";
import { cannot } from "../_cannot.ts";
import { completeEntity, completeFact, completeRelationship } from "../_complete.ts";
import { checkDate, checkKey, checkLimit, checkOneOf, checkWord } from "../_validate.ts";
import {
  type Direction,
  DIRECTIONS,
  type Entity,
  type EntityInput,
  type EntityQuery,
  type Fact,
  type FactInput,
  type FactQuery,
  type Graph,
  type KnowledgeStore,
  type Relationship,
  type RelationshipInput,
  type RelationshipOptions,
  type TraversalFilter,
} from "../knowledge_store.ts";
import type { CallOptions } from "../options.ts";
import { Guard } from "./_guard.ts";
import { compareText } from "../_order.ts";

/**
 * Opens a knowledge store that forgets everything when it is closed. Requires no permission.
 *
 * @example Usage
 * ```ts
 * import { openKnowledgeStore } from "@sigil/store/inmem";
 *
 * await using store = await openKnowledgeStore();
 * await store.putEntity("home", { id: "ada", type: "person", name: "Ada" });
 * const ada = await store.getEntity("home", "ada");
 * ```
 */
export async function openKnowledgeStore(): Promise<KnowledgeStore> {
  return new InmemKnowledgeStore();
}

/** What is known in one workspace, by id. */
class Knowledge {
  readonly entities = new Map<string, Entity>();
  readonly relationships = new Map<string, Relationship>();
  readonly facts = new Map<string, Fact>();

  /** The relationships of an entity, ordered by id, one way or both. */
  edgesOf(entityId: string, direction: Direction): Relationship[] {
    return [...this.relationships.values()]
      .filter(({ fromId, toId }) =>
        (direction !== "incoming" && fromId === entityId) ||
        (direction !== "outgoing" && toId === entityId)
      )
      .sort(byId);
  }
}

class InmemKnowledgeStore implements KnowledgeStore {
  readonly #guard = new Guard();
  readonly #workspaces = new Map<string, Knowledge>();

  async putEntity(
    workspaceId: string,
    input: EntityInput,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "put entity", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const entity = completeEntity(task, workspaceId, input);
    this.#guard.check(task, options);
    const { entities } = this.#workspace(workspaceId);
    const createdAt = entities.get(entity.id)?.createdAt ?? entity.createdAt;
    entities.set(entity.id, structuredClone({ ...entity, createdAt }));
  }

  async getEntity(workspaceId: string, id: string, options: CallOptions = {}): Promise<Entity> {
    const task = { action: "get entity", subject: id };
    checkKey(task, "workspaceId", workspaceId);
    checkKey(task, "id", id);
    this.#guard.check(task, options);
    const entity = this.#workspace(workspaceId).entities.get(id);
    if (entity === undefined) throw cannot(task, "not_found", "no entity has that id");
    return structuredClone(entity);
  }

  async findEntities(
    workspaceId: string,
    query: EntityQuery,
    options: CallOptions = {},
  ): Promise<readonly Entity[]> {
    const task = { action: "find entities of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    if (query.type !== undefined) checkKey(task, "type", query.type);
    const prefix = checkWord(task, "namePrefix", query.namePrefix ?? "");
    const limit = checkLimit(task, query.limit);
    this.#guard.check(task, options);
    const found = [...this.#workspace(workspaceId).entities.values()]
      .filter(({ type, name }) =>
        (query.type === undefined || type === query.type) && name.startsWith(prefix)
      )
      .sort((left, right) => compareText(left.name, right.name) || byId(left, right));
    return structuredClone(found.slice(0, limit));
  }

  async putRelationship(
    workspaceId: string,
    input: RelationshipInput,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "put relationship", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const relationship = completeRelationship(task, input);
    this.#guard.check(task, options);
    this.#workspace(workspaceId).relationships.set(relationship.id, structuredClone(relationship));
  }

  async getRelationships(
    workspaceId: string,
    entityId: string,
    options: RelationshipOptions = {},
  ): Promise<readonly Relationship[]> {
    const task = { action: "get relationships of entity", subject: entityId };
    checkKey(task, "workspaceId", workspaceId);
    checkKey(task, "entityId", entityId);
    const wanted = options.type === undefined ? undefined : checkKey(task, "type", options.type);
    const direction = checkOneOf(task, "direction", options.direction ?? "both", DIRECTIONS);
    const limit = checkLimit(task, options.limit);
    this.#guard.check(task, options);
    const edges = this.#workspace(workspaceId).edgesOf(entityId, direction);
    return structuredClone(
      edges.filter(({ type }) => wanted === undefined || type === wanted).slice(0, limit),
    );
  }

  async putFact(workspaceId: string, input: FactInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "put fact", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const fact = completeFact(task, workspaceId, input);
    this.#guard.check(task, options);
    this.#workspace(workspaceId).facts.set(fact.id, structuredClone(fact));
  }

  async findFacts(
    workspaceId: string,
    query: FactQuery,
    options: CallOptions = {},
  ): Promise<readonly Fact[]> {
    const task = { action: "find facts of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    if (query.entityId !== undefined) checkKey(task, "entityId", query.entityId);
    if (query.predicate !== undefined) checkKey(task, "predicate", query.predicate);
    if (query.validAt !== undefined) checkDate(task, "validAt", query.validAt);
    const limit = checkLimit(task, query.limit);
    this.#guard.check(task, options);
    const found = [...this.#workspace(workspaceId).facts.values()]
      .filter((fact) => isAskedFor(fact, query))
      .sort((left, right) =>
        right.createdAt.getTime() - left.createdAt.getTime() || byId(right, left)
      );
    return structuredClone(found.slice(0, limit));
  }

  async traverse(
    workspaceId: string,
    startId: string,
    depth: number,
    filter: TraversalFilter = {},
  ): Promise<Graph> {
    const task = { action: "traverse from entity", subject: startId };
    const { steps, direction, types: named } = checkWalk(task, workspaceId, startId, depth, filter);
    const types = new Set(named);
    this.#guard.check(task, filter);
    const knowledge = this.#workspace(workspaceId);
    if (!knowledge.entities.has(startId)) throw cannot(task, "not_found", "no entity has that id");
    const edgesOf = (id: string) =>
      knowledge.edgesOf(id, direction).filter(({ type }) => types.size === 0 || types.has(type));
    return structuredClone(walk(knowledge, startId, steps, edgesOf));
  }

  async close(): Promise<void> {
    this.#guard.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #workspace(id: string): Knowledge {
    const knowledge = this.#workspaces.get(id) ?? new Knowledge();
    this.#workspaces.set(id, knowledge);
    return knowledge;
  }
}

function walk(
  knowledge: Knowledge,
  start: string,
  depth: number,
  edgesOf: (id: string) => Relationship[],
): Graph {
  const reached = new Set([start]);
  const walked = new Set<Relationship>();
  const entities: Entity[] = [];
  let frontier = [start];
  for (let step = 0;; step++) {
    entities.push(...known(knowledge, frontier));
    if (step === depth || frontier.length === 0) return { entities, relationships: [...walked] };
    const edges = [...new Set(frontier.flatMap(edgesOf))].sort(byId);
    const ends = edges.flatMap(({ fromId, toId }) => [fromId, toId]);
    for (const edge of edges) walked.add(edge);
    frontier = [...new Set(ends)].filter((id) => !reached.has(id));
    for (const id of frontier) reached.add(id);
  }
}

function known(knowledge: Knowledge, ids: readonly string[]): Entity[] {
  return ids.map((id) => knowledge.entities.get(id)).filter((entity) => entity !== undefined).sort(
    byId,
  );
}

function isAskedFor(fact: Fact, { entityId, predicate, validAt }: FactQuery): boolean {
  if (entityId !== undefined && fact.entityId !== entityId) return false;
  if (predicate !== undefined && fact.predicate !== predicate) return false;
  if (validAt === undefined) return true;
  return (fact.validAt ?? fact.createdAt) <= validAt &&
    (fact.invalidAt === null || fact.invalidAt > validAt);
}

function byId(left: { readonly id: string }, right: { readonly id: string }): number {
  return compareText(left.id, right.id);
}
