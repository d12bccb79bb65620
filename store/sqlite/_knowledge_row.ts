// SPDX-License-Identifier: Apache-2.0

import { type Entity, type Fact, PROVENANCES, type Relationship } from "../knowledge_store.ts";
import { readJson, readWord } from "./_decode.ts";
import { selectId, unpackId } from "./_packed_id.ts";

/** The columns of an entity, in the order of {@linkcode ENTITY_COLUMNS}. */
export type EntityRow = readonly [
  id: string,
  type: string,
  name: string,
  properties: string,
  createdAt: number,
  updatedAt: number,
];

/** What to select from `entities`; `text` is the id. */
export const ENTITY_COLUMNS = `
  (SELECT text FROM terms WHERE number = entities.id) AS text,
  (SELECT text FROM terms WHERE number = entities.type),
  name, properties, created_at, updated_at`;

/** Makes an entity of a row. */
export function fromEntityRow(row: EntityRow, workspaceId: string): Entity {
  return {
    id: row[0],
    workspaceId,
    type: row[1],
    name: row[2],
    properties: readJson(row[3]),
    createdAt: new Date(row[4]),
    updatedAt: new Date(row[5]),
  };
}

/** The columns of a relationship, in the order of {@linkcode RELATIONSHIP_COLUMNS}. */
export type RelationshipRow = readonly [
  id: string,
  fromId: string,
  toId: string,
  type: string,
  metadata: string | null,
];

/** What to select from `relationships`. */
export const RELATIONSHIP_COLUMNS = `
  ${selectId("relationships.id")},
  (SELECT text FROM terms WHERE number = from_id), (SELECT text FROM terms WHERE number = to_id),
  (SELECT text FROM terms WHERE number = relationships.type), metadata`;

/** Where a relationship begins, or where it ends. */
export type RelationshipEnd = "from_id" | "to_id";

/** Names the index to find relationships by: left to choose, SQLite reads all that a workspace has. */
export const RELATIONSHIP_INDEX = {
  from_id: "",
  to_id: "INDEXED BY relationships_incoming",
} as const satisfies Record<RelationshipEnd, string>;

/** The columns that tell a relationship from all others. */
export const RELATIONSHIP_PLACE = "workspace, from_id, relationships.type, number";

/** Writes the SQL that selects relationships which either of two queries found by {@linkcode RELATIONSHIP_PLACE}. */
export function selectEither(columns: string, one: string, other: string): string {
  return `
    WITH places (space, start, word, place) AS (${one} UNION ${other})
    SELECT ${columns} FROM places CROSS JOIN relationships
      ON workspace = space AND from_id = start AND relationships.type = word AND number = place`;
}

/** Makes a relationship of a row. */
export function fromRelationshipRow(row: RelationshipRow): Relationship {
  return {
    id: unpackId(row[0]),
    fromId: row[1],
    toId: row[2],
    type: row[3],
    metadata: readJson(row[4] ?? "{}"),
  };
}

/** The columns of a fact, in the order of {@linkcode FACT_COLUMNS}. */
export type FactRow = readonly [
  id: string,
  entityId: string,
  predicate: string,
  value: string,
  confidence: number,
  source: string,
  provenance: string,
  createdAt: number,
  validAt: number | null,
  invalidAt: number | null,
];

/** What to select from `facts`. */
export const FACT_COLUMNS = `
  id, (SELECT text FROM terms WHERE number = entity_id), (SELECT text FROM terms WHERE number = facts.predicate),
  value, confidence, source, provenance, created_at, valid_at, invalid_at`;

/** Makes a fact of a row. */
export function fromFactRow(row: FactRow, workspaceId: string): Fact {
  return {
    id: row[0],
    workspaceId,
    entityId: row[1],
    predicate: row[2],
    value: row[3],
    confidence: row[4],
    source: row[5],
    provenance: readWord(row[6], PROVENANCES),
    createdAt: new Date(row[7]),
    validAt: row[8] === null ? null : new Date(row[8]),
    invalidAt: row[9] === null ? null : new Date(row[9]),
  };
}
