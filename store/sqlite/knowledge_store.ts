// SPDX-License-Identifier: Apache-2.0

import { checkWalk } from "../_arguments.ts";
import { cannot, type Task } from "../_cannot.ts";
import { completeEntity, completeFact, completeRelationship } from "../_complete.ts";
import { checkDate, checkKey, checkLimit, checkOneOf, checkWord } from "../_validate.ts";
import type {
  Direction,
  Entity,
  EntityInput,
  EntityQuery,
  Fact,
  FactInput,
  FactQuery,
  Graph,
  KnowledgeStore,
  Relationship,
  RelationshipInput,
  RelationshipOptions,
  TraversalFilter,
} from "../knowledge_store.ts";
import { DIRECTIONS } from "../knowledge_store.ts";
import type { CallOptions } from "../options.ts";
import { type Database, type DatabaseOptions, openDatabase } from "./_database.ts";
import {
  ENTITY_COLUMNS,
  type EntityRow,
  FACT_COLUMNS,
  type FactRow,
  fromEntityRow,
  fromFactRow,
  fromRelationshipRow,
  RELATIONSHIP_COLUMNS,
  RELATIONSHIP_INDEX,
  RELATIONSHIP_PLACE,
  type RelationshipEnd,
  type RelationshipRow,
  selectEither,
} from "./_knowledge_row.ts";
import { KNOWLEDGE_SCHEMA } from "./_knowledge_schema.ts";
import { orderOfIds, packId } from "./_packed_id.ts";
import { prefixEnd } from "./_prefix_end.ts";
import type { SqlValue } from "./_statement.ts";
import { TermTexts } from "./_term_texts.ts";
import { Terms } from "./_terms.ts";
import { Traversal } from "./_traversal.ts";
import { Workspaces } from "./_workspaces.ts";

const PUT_ENTITY = `
  INSERT INTO entities (workspace, id, type, name, properties, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, id) DO UPDATE SET type = excluded.type, name = excluded.name,
    properties = excluded.properties, updated_at = excluded.updated_at`;
const SELECT_ENTITY =
  `SELECT ${ENTITY_COLUMNS} FROM entities WHERE workspace = ? AND entities.id = ?`;
/** Takes the place of the relationship with that id, if there is one: the unique index sees to that. */
const PUT_RELATIONSHIP = `
  INSERT OR REPLACE INTO relationships (workspace, from_id, type, number, to_id, id, metadata)
  VALUES (?1, ?2, ?3, (
    SELECT coalesce(max(number) + 1, 0) FROM relationships
    WHERE workspace = ?1 AND from_id = ?2 AND type = ?3
  ), ?4, ?5, ?6)`;
const PUT_FACT = `
  INSERT INTO facts (workspace, id, entity_id, predicate, value, confidence, source, provenance,
    created_at, valid_at, invalid_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (workspace, id) DO UPDATE SET entity_id = excluded.entity_id, predicate = excluded.predicate,
    value = excluded.value, confidence = excluded.confidence, source = excluded.source,
    provenance = excluded.provenance, created_at = excluded.created_at, valid_at = excluded.valid_at,
    invalid_at = excluded.invalid_at`;

/**
 * Opens the knowledge database at `path`, creating or upgrading it.
 *
 * Requires `--allow-read` and `--allow-write` for `path`; none for `":memory:"`.
 *
 * @throws {StoreError} With code `corrupt`, `too_new`, `busy`, `full`, `read_only` or `unavailable`.
 *
 * @example Usage
 * ```ts
 * import { openKnowledgeStore } from "@sigil/store/sqlite";
 *
 * await using store = await openKnowledgeStore(":memory:");
 * await store.putEntity("home", { id: "ada", type: "person", name: "Ada" });
 * await store.putEntity("home", { id: "bob", type: "person", name: "Bob" });
 * await store.putRelationship("home", { id: "r1", fromId: "ada", toId: "bob", type: "knows" });
 * const { entities } = await store.traverse("home", "ada", 2);
 * ```
 */
export async function openKnowledgeStore(
  path: string,
  options: DatabaseOptions = {},
): Promise<KnowledgeStore> {
  return new SqliteKnowledgeStore(openDatabase(path, KNOWLEDGE_SCHEMA, options));
}

class SqliteKnowledgeStore implements KnowledgeStore {
  readonly #database: Database;
  readonly #workspaces: Workspaces;
  readonly #terms: Terms;
  readonly #texts: TermTexts;

  constructor(database: Database) {
    this.#database = database;
    this.#workspaces = new Workspaces(database);
    this.#terms = new Terms(database);
    this.#texts = new TermTexts(database);
  }

  async putEntity(
    workspaceId: string,
    input: EntityInput,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "put entity", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const entity = completeEntity(task, workspaceId, input);
    const properties = JSON.stringify(entity.properties);
    await this.#database.transaction(task, () => {
      this.#run(PUT_ENTITY, workspaceId, [
        this.#terms.obtain(entity.id),
        this.#terms.obtain(entity.type),
        entity.name,
        properties,
        entity.createdAt.getTime(),
        entity.updatedAt.getTime(),
      ]);
    }, options.signal);
  }

  async getEntity(workspaceId: string, id: string, options: CallOptions = {}): Promise<Entity> {
    const task = { action: "get entity", subject: id };
    checkKey(task, "workspaceId", workspaceId);
    checkKey(task, "id", id);
    const row = await this.#database.read(task, () => {
      const term = this.#terms.find(id);
      return term === undefined
        ? undefined
        : this.#all<EntityRow>(SELECT_ENTITY, workspaceId, [term])[0];
    }, options.signal);
    if (row === undefined) throw cannot(task, "not_found", "no entity has that id");
    return fromEntityRow(row, workspaceId);
  }

  async findEntities(
    workspaceId: string,
    query: EntityQuery,
    options: CallOptions = {},
  ): Promise<readonly Entity[]> {
    const task = { action: "find entities of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const { conditions, values } = entityConditions(task, query);
    const sql =
      `SELECT ${ENTITY_COLUMNS} FROM entities WHERE ${conditions} ORDER BY name, text LIMIT ?`;
    const limit = checkLimit(task, query.limit);
    const run = () => this.#all<EntityRow>(sql, workspaceId, [...values, limit]);
    const rows = await this.#database.read(task, run, options.signal);
    return rows.map((row) => fromEntityRow(row, workspaceId));
  }

  async putRelationship(
    workspaceId: string,
    input: RelationshipInput,
    options: CallOptions = {},
  ): Promise<void> {
    const task = { action: "put relationship", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const { id, fromId, type, toId, metadata } = completeRelationship(task, input);
    const encoded = Object.keys(metadata).length === 0 ? null : JSON.stringify(metadata);
    await this.#database.transaction(task, () => {
      this.#run(PUT_RELATIONSHIP, workspaceId, [
        this.#terms.obtain(fromId),
        this.#terms.obtain(type),
        this.#terms.obtain(toId),
        packId(id),
        encoded,
      ]);
    }, options.signal);
  }

  async getRelationships(
    workspaceId: string,
    entityId: string,
    options: RelationshipOptions = {},
  ): Promise<readonly Relationship[]> {
    const task = { action: "get relationships of entity", subject: entityId };
    checkKey(task, "workspaceId", workspaceId);
    checkKey(task, "entityId", entityId);
    if (options.type !== undefined) checkKey(task, "type", options.type);
    const direction = checkOneOf(task, "direction", options.direction ?? "both", DIRECTIONS);
    const limit = checkLimit(task, options.limit);
    return await this.#database.read(task, () => {
      const [entity, type] = [entityId, options.type].map((text) =>
        text === undefined ? null : this.#terms.find(text)
      );
      if (entity === undefined || entity === null || type === undefined) return [];
      const sql = relationshipsSql(direction, type !== null);
      const values = [entity];
      if (type !== null) values.push(type);
      return this.#all<RelationshipRow>(sql, workspaceId, [...values, limit]).map(
        fromRelationshipRow,
      );
    }, options.signal);
  }

  async putFact(workspaceId: string, input: FactInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "put fact", subject: input.id };
    checkKey(task, "workspaceId", workspaceId);
    const fact = completeFact(task, workspaceId, input);
    await this.#database.transaction(task, () => {
      this.#run(PUT_FACT, workspaceId, [
        fact.id,
        this.#terms.obtain(fact.entityId),
        this.#terms.obtain(fact.predicate),
        fact.value,
        fact.confidence,
        fact.source,
        fact.provenance,
        fact.createdAt.getTime(),
        fact.validAt?.getTime() ?? null,
        fact.invalidAt?.getTime() ?? null,
      ]);
    }, options.signal);
  }

  async findFacts(
    workspaceId: string,
    query: FactQuery,
    options: CallOptions = {},
  ): Promise<readonly Fact[]> {
    const task = { action: "find facts of workspace", subject: workspaceId };
    checkKey(task, "workspaceId", workspaceId);
    const { conditions, values } = factConditions(task, query);
    const sql =
      `SELECT ${FACT_COLUMNS} FROM facts WHERE ${conditions} ORDER BY created_at DESC, id DESC LIMIT ?`;
    const limit = checkLimit(task, query.limit);
    const run = () => this.#all<FactRow>(sql, workspaceId, [...values, limit]);
    const rows = await this.#database.read(task, run, options.signal);
    return rows.map((row) => fromFactRow(row, workspaceId));
  }

  async traverse(
    workspaceId: string,
    startId: string,
    depth: number,
    filter: TraversalFilter = {},
  ): Promise<Graph> {
    const task = { action: "traverse from entity", subject: startId };
    const { steps, direction, types } = checkWalk(task, workspaceId, startId, depth, filter);
    return await this.#database.read(task, () => {
      const workspace = this.#workspaces.find(workspaceId);
      const start = workspace === undefined ? undefined : this.#entityNumber(workspace, startId);
      if (workspace === undefined || start === undefined) {
        throw cannot(task, "not_found", "no entity has that id");
      }
      const traversal = new Traversal(
        this.#database,
        workspace,
        direction,
        this.#knownTypes(types),
        this.#texts,
      );
      return traversal.walk(start, steps, workspaceId);
    }, filter.signal);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(sql: string, workspaceId: string, values: readonly SqlValue[]): void {
    this.#database.prepare(sql).run(this.#workspaces.obtain(workspaceId), ...values);
  }

  #all<Row extends readonly SqlValue[]>(
    sql: string,
    workspaceId: string,
    values: readonly SqlValue[],
  ): Row[] {
    const workspace = this.#workspaces.find(workspaceId);
    return workspace === undefined
      ? []
      : this.#database.prepare<Row>(sql).all(workspace, ...values);
  }

  #entityNumber(workspace: number, id: string): number | undefined {
    const sql =
      "SELECT id FROM entities WHERE workspace = ? AND id = (SELECT number FROM terms WHERE text = ?)";
    return this.#database.prepare<[number]>(sql).get(workspace, id)?.[0];
  }

  /** Gives undefined when every type is followed, and no number for a type that no relationship has. */
  #knownTypes(types: readonly string[]): readonly number[] | undefined {
    if (types.length === 0) return undefined;
    return types.map((type) => this.#terms.find(type)).filter((number) => number !== undefined);
  }
}

interface Conditions {
  readonly conditions: string;
  readonly values: readonly SqlValue[];
}

function entityConditions(task: Task, { type, namePrefix }: EntityQuery): Conditions {
  const conditions = ["workspace = ?"];
  const values: SqlValue[] = [];
  if (type !== undefined) {
    conditions.push("type = (SELECT number FROM terms WHERE text = ?)");
    values.push(checkKey(task, "type", type));
  }
  if (namePrefix !== undefined) {
    conditions.push("name >= ?");
    values.push(checkWord(task, "namePrefix", namePrefix));
    const end = prefixEnd(namePrefix);
    if (end !== undefined) {
      conditions.push("name < ?");
      values.push(end);
    }
  }
  return { conditions: conditions.join(" AND "), values };
}

function factConditions(task: Task, { entityId, predicate, validAt }: FactQuery): Conditions {
  const conditions = ["workspace = ?"];
  const values: SqlValue[] = [];
  if (entityId !== undefined) {
    conditions.push("entity_id = (SELECT number FROM terms WHERE text = ?)");
    values.push(checkKey(task, "entityId", entityId));
  }
  if (predicate !== undefined) {
    conditions.push("predicate = (SELECT number FROM terms WHERE text = ?)");
    values.push(checkKey(task, "predicate", predicate));
  }
  if (validAt !== undefined) {
    const moment = checkDate(task, "validAt", validAt).getTime();
    conditions.push(
      "coalesce(valid_at, created_at) <= ? AND (invalid_at IS NULL OR invalid_at > ?)",
    );
    values.push(moment, moment);
  }
  return { conditions: conditions.join(" AND "), values };
}

/** Takes each end by its own index: with OR, SQLite reads every relationship of the workspace. */
function relationshipsSql(direction: Direction, hasType: boolean): string {
  const among = hasType ? "AND relationships.type = ?3" : "";
  const having = (columns: string, end: RelationshipEnd) =>
    `SELECT ${columns} FROM relationships ${RELATIONSHIP_INDEX[end]}
      WHERE workspace = ?1 AND ${end} = ?2 ${among}`;
  const places = (end: RelationshipEnd) => having(RELATIONSHIP_PLACE, end);
  const edges = {
    outgoing: having(RELATIONSHIP_COLUMNS, "from_id"),
    incoming: having(RELATIONSHIP_COLUMNS, "to_id"),
    both: selectEither(RELATIONSHIP_COLUMNS, places("from_id"), places("to_id")),
  };
  return `
    ${edges[direction]} ORDER BY ${orderOfIds("relationships.id")} LIMIT ${hasType ? "?4" : "?3"}`;
}
