// SPDX-License-Identifier: Apache-2.0

import { compareText } from "../_order.ts";
import type { Direction, Entity, Graph, Relationship } from "../knowledge_store.ts";
import type { Database } from "./_database.ts";
import {
  fromEntityRow,
  fromRelationshipRow,
  RELATIONSHIP_INDEX,
  RELATIONSHIP_PLACE,
  type RelationshipEnd,
  selectEither,
} from "./_knowledge_row.ts";
import { isPacked, orderOfIds, selectId } from "./_packed_id.ts";
import type { SqlValue } from "./_statement.ts";
import type { TermTexts } from "./_term_texts.ts";

/** An edge by the numbers of its words. */
type EdgeRow = readonly [
  id: string,
  from: number,
  to: number,
  type: number,
  metadata: string | null,
];

/** An entity by the numbers of its words. */
type ReachedRow = readonly [
  number: number,
  type: number,
  name: string,
  properties: string,
  createdAt: number,
  updatedAt: number,
];

const EDGE_COLUMNS = `
  ${selectId("relationships.id")}, from_id, to_id, relationships.type, metadata`;
const SELECT_REACHED = `
  SELECT entities.id, entities.type, name, properties, created_at, updated_at
  FROM json_each(?) AS wanted CROSS JOIN entities ON workspace = ? AND entities.id = wanted.value`;

/**
 * A walk level by level: one query for the edges that leave a level, and one for what they lead to, each
 * in the order of numbers, which is that of the pages they are read from. Both ends of an edge have been
 * reached, so their texts are known by then and read only once.
 *
 * CROSS JOIN keeps the frontier outermost: left to choose, SQLite scans the relationships instead.
 */
export class Traversal {
  readonly #database: Database;
  readonly #workspace: number;
  readonly #types: string | undefined;
  readonly #direction: Direction;
  readonly #terms: TermTexts;
  readonly #texts = new Map<number, string>();

  /** Follows every type when `types` is undefined, and none when it is empty. */
  constructor(
    database: Database,
    workspace: number,
    direction: Direction,
    types: readonly number[] | undefined,
    terms: TermTexts,
  ) {
    this.#database = database;
    this.#terms = terms;
    this.#workspace = workspace;
    this.#types = types === undefined ? undefined : JSON.stringify(types);
    this.#direction = direction;
  }

  /** Walks `depth` steps from an entity. */
  walk(start: number, depth: number, workspaceId: string): Graph {
    /** Which step reached what. */
    const reached = new Map([[start, 0]]);
    const entities = this.#entities([start], workspaceId);
    const relationships: Relationship[] = [];
    let frontier: readonly number[] = [start];
    for (let step = 0; step < depth && frontier.length > 0; step++) {
      const edges = this.#edges(frontier, step, reached);
      frontier = reachEnds(edges, step + 1, reached);
      for (const entity of this.#entities(frontier, workspaceId)) entities.push(entity);
      for (const edge of edges) relationships.push(this.#relationship(edge));
    }
    return { entities, relationships };
  }

  /** Gives the edges at a frontier that no step before walked. */
  #edges(
    frontier: readonly number[],
    step: number,
    reached: ReadonlyMap<number, number>,
  ): readonly EdgeRow[] {
    const edges = this.#inOrder(frontier);
    // One way, an edge is met only where it begins. Both ways, at its other end before.
    if (this.#direction !== "both") return edges;
    const isNew = (end: number) => (reached.get(end) ?? step) >= step;
    return edges.filter(([, from, to]) => isNew(from) && isNew(to));
  }

  #inOrder(frontier: readonly number[]): readonly EdgeRow[] {
    const rows = this.#select(frontier, "1");
    const [first, last] = [rows[0], rows.at(-1)];
    if (first === undefined || last === undefined || isPacked(first[0]) === isPacked(last[0])) {
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
    this.#terms.addTo(this.#texts, numbers);
    const list = JSON.stringify(numbers);
    const rows = this.#database.prepare<ReachedRow>(SELECT_REACHED).all(list, this.#workspace);
    return rows
      .map((row) => this.#entity(row, workspaceId))
      .sort((left, right) => compareText(left.id, right.id));
  }

  #entity(row: ReachedRow, workspaceId: string): Entity {
    const [number, type, name, properties, createdAt, updatedAt] = row;
    const words = [this.#text(number), this.#text(type)] as const;
    return fromEntityRow([...words, name, properties, createdAt, updatedAt], workspaceId);
  }

  #relationship([id, from, to, type, metadata]: EdgeRow): Relationship {
    const row = [id, this.#text(from), this.#text(to), this.#text(type), metadata] as const;
    return fromRelationshipRow(row);
  }

  #text(number: number): string {
    if (!this.#texts.has(number)) this.#terms.addTo(this.#texts, [number]);
    return this.#texts.get(number) ?? "";
  }
}

function edgesSql(direction: Direction, hasTypes: boolean, order: string): string {
  const among = hasTypes ? "AND relationships.type IN (SELECT value FROM json_each(?3))" : "";
  const follow = (columns: string, near: RelationshipEnd) => `
    SELECT ${columns} FROM json_each(?1) AS frontier
    CROSS JOIN relationships ${RELATIONSHIP_INDEX[near]}
      ON workspace = ?2 AND ${near} = frontier.value ${among}`;
  // Each way by its own index: with OR, SQLite reads every relationship of the workspace.
  const places = (near: RelationshipEnd) => follow(RELATIONSHIP_PLACE, near);
  const edges = {
    outgoing: follow(EDGE_COLUMNS, "from_id"),
    incoming: follow(EDGE_COLUMNS, "to_id"),
    both: selectEither(EDGE_COLUMNS, places("from_id"), places("to_id")),
  };
  return `${edges[direction]} ORDER BY ${order}`;
}

/**
 * Notes the ends of edges that were not reached before, and gives them in the order of their numbers. One
 * end of each edge lies in the frontier; the other, if it is new, in the next one.
 */
function reachEnds(
  edges: readonly EdgeRow[],
  step: number,
  reached: Map<number, number>,
): readonly number[] {
  const ends: number[] = [];
  const reach = (end: number) => {
    if (reached.has(end)) return;
    reached.set(end, step);
    ends.push(end);
  };
  for (const [, from, to] of edges) {
    reach(from);
    reach(to);
  }
  return ends.sort((left, right) => left - right);
}
