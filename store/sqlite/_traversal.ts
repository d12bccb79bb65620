// SPDX-License-Identifier: Apache-2.0

import type { Direction, Entity, Graph, Relationship } from "../knowledge_store.ts";
import type { Database } from "./_database.ts";
import { fromEntityRow, fromRelationshipRow } from "./_knowledge_row.ts";
import { isPacked, orderOfIds, selectId } from "./_packed_id.ts";
import type { SqlValue } from "./_statement.ts";

/** An edge by the numbers of its words. */
type EdgeRow = readonly [
  number: number,
  from: number,
  to: number,
  type: number,
  id: string,
  metadata: string | null,
];

/** What has been reached: its id, and what is kept of it if it is an entity. */
type ReachedRow =
  | readonly [number: number, text: string, type: null]
  | readonly [
    number: number,
    text: string,
    type: number,
    name: string,
    properties: string,
    createdAt: number,
    updatedAt: number,
  ];

const SELECT_REACHED = `
  SELECT number, text, entities.type, name, properties, created_at, updated_at
  FROM json_each(?) AS wanted CROSS JOIN terms ON number = wanted.value
  LEFT JOIN entities ON workspace = ? AND entities.id = number ORDER BY text`;
const SELECT_TEXT = "SELECT text FROM terms WHERE number = ?";

/**
 * A walk level by level: one query for the edges that leave a level, and one for what they lead to. Both
 * ends of an edge have been reached, so their texts are known by then and read only once.
 *
 * CROSS JOIN keeps the frontier outermost: left to choose, SQLite scans the relationships instead.
 */
export class Traversal {
  readonly #database: Database;
  readonly #workspace: number;
  readonly #types: string | undefined;
  readonly #direction: Direction;
  readonly #texts = new Map<number, string>();

  /** Follows every type when `types` is undefined, and none when it is empty. */
  constructor(
    database: Database,
    workspace: number,
    direction: Direction,
    types: readonly number[] | undefined,
  ) {
    this.#database = database;
    this.#workspace = workspace;
    this.#types = types === undefined ? undefined : JSON.stringify(types);
    this.#direction = direction;
  }

  /** Walks `depth` steps from an entity. */
  walk(start: number, depth: number, workspaceId: string): Graph {
    const reached = new Set([start]);
    const walked = new Set<number>();
    const entities = this.#entities([start], workspaceId);
    const relationships: Relationship[] = [];
    let frontier = [start];
    for (let step = 0; step < depth && frontier.length > 0; step++) {
      const edges = this.#edges(frontier).filter(([number]) => isNew(walked, number));
      // One end of each lies in the frontier; the other, if it is new, in the next one.
      const next = edges.flatMap(([, from, to]) => [from, to]).filter((end) => isNew(reached, end));
      for (const entity of this.#entities(next, workspaceId)) entities.push(entity);
      for (const edge of edges) relationships.push(this.#relationship(edge));
      frontier = next;
    }
    return { entities, relationships };
  }

  #edges(frontier: readonly number[]): EdgeRow[] {
    const rows = this.#select(frontier, "relationships.id");
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined || isPacked(first[4]) === isPacked(last[4])) {
      return rows;
    }
    return this.#select(frontier, orderOfIds("relationships.id"));
  }

  #select(frontier: readonly number[], order: string): EdgeRow[] {
    const values: SqlValue[] = [JSON.stringify(frontier), this.#workspace];
    if (this.#types !== undefined) values.push(this.#types);
    const sql = edgesSql(this.#direction, this.#types !== undefined, order);
    return this.#database.prepare<EdgeRow>(sql).all(...values);
  }

  #entities(numbers: readonly number[], workspaceId: string): Entity[] {
    const list = JSON.stringify(numbers);
    const rows = this.#database.prepare<ReachedRow>(SELECT_REACHED).all(list, this.#workspace);
    const entities: Entity[] = [];
    for (const [number, text, type, ...rest] of rows) {
      this.#texts.set(number, text);
      if (type === null) continue;
      const [name = "", properties = "{}", createdAt = 0, updatedAt = 0] = rest;
      const row = [text, this.#text(type), name, properties, createdAt, updatedAt] as const;
      entities.push(fromEntityRow(row, workspaceId));
    }
    return entities;
  }

  #relationship([_number, from, to, type, id, metadata]: EdgeRow): Relationship {
    const row = [id, this.#text(from), this.#text(to), this.#text(type), metadata] as const;
    return fromRelationshipRow(row);
  }

  #text(number: number): string {
    let text = this.#texts.get(number);
    if (text === undefined) {
      text = this.#database.prepare<[string]>(SELECT_TEXT).get(number)?.[0] ?? "";
      this.#texts.set(number, text);
    }
    return text;
  }
}

function edgesSql(direction: Direction, hasTypes: boolean, order: string): string {
  const among = hasTypes ? "AND relationships.type IN (SELECT value FROM json_each(?3))" : "";
  const follow = (columns: string, near: string) => `
    SELECT ${columns} FROM json_each(?1) AS frontier
    CROSS JOIN relationships ON workspace = ?2 AND ${near} = frontier.value ${among}`;
  const columns = `number, from_id, to_id, relationships.type, ${
    selectId("relationships.id")
  }, metadata`;
  if (direction === "outgoing") return `${follow(columns, "from_id")} ORDER BY ${order}`;
  if (direction === "incoming") return `${follow(columns, "to_id")} ORDER BY ${order}`;
  // Each way by its own index: with OR, SQLite reads every relationship of the workspace.
  const both = `${follow("number AS edge", "from_id")} UNION ${follow("number", "to_id")}`;
  return `
    SELECT ${columns} FROM (${both}) CROSS JOIN relationships ON number = edge ORDER BY ${order}`;
}

/** Adds a number to those that are known, and tells whether it was not. */
function isNew(known: Set<number>, number: number): boolean {
  const { size } = known;
  return known.add(number).size > size;
}
