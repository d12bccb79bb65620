// SPDX-License-Identifier: Apache-2.0

import type { Direction, Entity, Graph, Relationship } from "../knowledge_store.ts";
import type { Database } from "./_database.ts";
import {
  ENTITY_COLUMNS,
  type EntityRow,
  fromEntityRow,
  fromRelationshipRow,
  RELATIONSHIP_COLUMNS,
  type RelationshipRow,
} from "./_knowledge_row.ts";

type Edge = readonly [relationship: number, neighbour: number];

/**
 * A walk level by level. Numbers are followed first, out of the indexes alone; texts are read once, at
 * the end, for what was reached.
 *
 * CROSS JOIN keeps the frontier outermost: left to choose, SQLite scans the relationships instead.
 */
export class Traversal {
  readonly #database: Database;
  readonly #workspace: number;
  readonly #direction: Direction;
  readonly #types: string | undefined;

  /** Follows every type when `types` is undefined, and none when it is empty. */
  constructor(
    database: Database,
    workspace: number,
    direction: Direction,
    types: readonly number[] | undefined,
  ) {
    this.#database = database;
    this.#workspace = workspace;
    this.#direction = direction;
    this.#types = types === undefined ? undefined : JSON.stringify(types);
  }

  /** Walks `depth` steps from an entity. */
  walk(start: number, depth: number, workspaceId: string): Graph {
    const reached = new Set([start]);
    const walked = new Set<number>();
    const entities = this.#entities([start], workspaceId);
    const relationships: Relationship[] = [];
    let frontier = [start];
    for (let step = 0; step < depth && frontier.length > 0; step++) {
      const next: number[] = [];
      const edges: number[] = [];
      for (const [relationship, neighbour] of this.#edges(frontier)) {
        if (!walked.has(relationship)) edges.push(relationship);
        walked.add(relationship);
        if (!reached.has(neighbour)) next.push(neighbour);
        reached.add(neighbour);
      }
      entities.push(...this.#entities(next, workspaceId));
      relationships.push(...this.#relationships(edges));
      frontier = next;
    }
    return { entities, relationships };
  }

  *#edges(frontier: readonly number[]): Iterable<Edge> {
    const list = JSON.stringify(frontier);
    if (this.#direction !== "incoming") yield* this.#follow("from_id", "to_id", list);
    if (this.#direction !== "outgoing") yield* this.#follow("to_id", "from_id", list);
  }

  #follow(near: "from_id" | "to_id", far: "from_id" | "to_id", frontier: string): Edge[] {
    const types = this.#types;
    const among = types === undefined
      ? ""
      : "AND relationships.type IN (SELECT value FROM json_each(?))";
    const sql = `
      SELECT number, ${far} FROM json_each(?) AS frontier
      CROSS JOIN relationships ON workspace = ? AND ${near} = frontier.value ${among}`;
    const values = types === undefined
      ? [frontier, this.#workspace]
      : [frontier, this.#workspace, types];
    return this.#database.prepare<Edge>(sql).all(...values);
  }

  #entities(numbers: readonly number[], workspaceId: string): Entity[] {
    const sql = `
      SELECT ${ENTITY_COLUMNS} FROM json_each(?) AS wanted
      CROSS JOIN entities ON workspace = ? AND entities.id = wanted.value ORDER BY text`;
    const rows = this.#database.prepare<EntityRow>(sql).all(
      JSON.stringify(numbers),
      this.#workspace,
    );
    return rows.map((row) => fromEntityRow(row, workspaceId));
  }

  #relationships(numbers: readonly number[]): Relationship[] {
    const sql = `
      SELECT ${RELATIONSHIP_COLUMNS} FROM json_each(?) AS wanted
      CROSS JOIN relationships ON number = wanted.value ORDER BY relationships.id`;
    return this.#database.prepare<RelationshipRow>(sql).all(JSON.stringify(numbers)).map(
      fromRelationshipRow,
    );
  }
}
