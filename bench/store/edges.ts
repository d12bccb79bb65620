// SPDX-License-Identifier: Apache-2.0

/** Walking relationships, and what they take on disk, against triples of texts. */

import type { KnowledgeStore } from "@sigil/store";
import { openKnowledgeStore } from "@sigil/store/sqlite";
import { type Context, largest } from "./_context.ts";
import { createRandom, inGroups, momentOf, timeOrderedId } from "./_data.ts";
import { bytesOnDisk, each, eachAwaited, interleave } from "./_measure.ts";
import { type Growth, inBestUnit, type Row } from "./_report.ts";
import { openByHand, prepare } from "./_sql_by_hand.ts";

const WORKSPACE = "home";
const TYPES = ["knows", "works_with", "lives_near", "reports_to", "mentions"];
const EDGES_PER_ENTITY = 10;
const DEPTH = 4;
const CTE = "recursive CTE over text triples";

interface Edge {
  readonly id: string;
  readonly fromId: string;
  readonly toId: string;
  readonly type: string;
}

/** Measures the rows `traverse` and `edge-disk`, and how a walk grows with the edges. */
export async function measureEdges(context: Context): Promise<void> {
  if (!["traverse", "edge-disk", "growth"].some(context.wants)) return;
  const growth = emptyGrowth();
  for (
    const size of context.wants("growth") ? context.sizes : [largest(context)]
  ) {
    await measureAt(size, context, growth);
  }
}

async function measureAt(
  size: number,
  context: Context,
  growth: Growth,
): Promise<void> {
  context.say(`${size} edges`);
  const ours = `${context.folder}/knowledge-${size}.db`;
  const theirs = `${context.folder}/triples-${size}.db`;
  const entities = size / EDGES_PER_ENTITY;
  const edges = makeEdges(size, entities);
  await using store = await openKnowledgeStore(ours);
  const start = performance.now();
  await fill(store, edges, entities);
  const putMs = (performance.now() - start) / (size + entities);
  using triples = openTriples(theirs);
  triples.fill(edges, entities);
  const starts = Array.from(
    { length: 20 },
    (_, n) => entityId(Math.floor(entities * (n + 0.5) / 20)),
  );
  await checkSameAnswer(store, triples, starts[0] ?? "");
  const figures = await interleave([
    eachAwaited(
      "Sigil",
      starts.length,
      (n) => store.traverse(WORKSPACE, starts[n] ?? "", DEPTH),
    ),
    each(CTE, starts.length, (n) => triples.traverse(starts[n] ?? "", DEPTH)),
  ], context.rounds);
  const near = await interleave([
    eachAwaited(
      "Sigil",
      starts.length,
      (n) => store.traverse(WORKSPACE, starts[n] ?? "", 2),
    ),
  ], context.rounds);
  const [putLine, nearLine, farLine, cteLine] = growth.series;
  putLine?.points.push([size, putMs]);
  nearLine?.points.push([size, near["Sigil"] ?? NaN]);
  farLine?.points.push([size, figures["Sigil"] ?? NaN]);
  cteLine?.points.push([size, figures[CTE] ?? NaN]);
  await context.keepGrowth(growth);
  if (size !== largest(context)) return;
  await store.close();
  triples[Symbol.dispose]();
  const rows = rowsOf(size, figures, {
    "Sigil": bytesOnDisk(ours) / size,
    "text triples": bytesOnDisk(theirs) / size,
  });
  for (const row of rows) await context.keepRow(row);
}

function rowsOf(
  size: number,
  figures: Row["figures"],
  bytes: Row["figures"],
): readonly Row[] {
  const count = size.toLocaleString("en");
  return [
    inBestUnit({
      row: "traverse",
      what: `walk ${DEPTH} steps among ${count} edges`,
      figures,
      target: { faster: 2 },
    }),
    {
      row: "edge-disk",
      what: `disk for each of ${count} edges, ids and entities included`,
      unit: "bytes",
      figures: bytes,
      target: { share: 0.2 },
    },
  ];
}

function emptyGrowth(): Growth {
  return {
    file: "growth-edges",
    title: "Knowledge: one call, by the edges that are stored",
    sizeOf: "edges",
    series: [
      { name: "put one, in groups of 1,000", points: [] },
      { name: "walk 2 steps", points: [] },
      { name: `walk ${DEPTH} steps`, points: [] },
      { name: `${DEPTH} steps, ${CTE}`, isPeer: true, points: [] },
    ],
  };
}

function entityId(index: number): string {
  return timeOrderedId(index);
}

function makeEdges(size: number, entities: number): readonly Edge[] {
  const random = createRandom(3);
  return Array.from({ length: size }, (_, index) => ({
    id: timeOrderedId(entities + index),
    fromId: entityId(Math.floor(random() * entities)),
    toId: entityId(Math.floor(random() * entities)),
    type: TYPES[index % TYPES.length] ?? "",
  }));
}

async function fill(
  store: KnowledgeStore,
  edges: readonly Edge[],
  entities: number,
): Promise<void> {
  await inGroups(0, entities, (index) =>
    store.putEntity(WORKSPACE, {
      id: entityId(index),
      type: "person",
      name: `Person ${index}`,
      createdAt: momentOf(index),
    }));
  await inGroups(
    0,
    edges.length,
    (index) => store.putRelationship(WORKSPACE, edges[index] as Edge),
  );
}

interface Triples extends Disposable {
  fill(edges: readonly Edge[], entities: number): void;
  traverse(
    start: string,
    depth: number,
  ): { entities: readonly unknown[]; relationships: readonly unknown[] };
}

/**
 * Triples of texts, as one table. The id of a relationship is kept in its metadata, since ours keeps
 * it as well and gives it back.
 */
function openTriples(path: string): Triples {
  const database = openByHand(path);
  database.exec(`
    CREATE TABLE triples (
      subject TEXT NOT NULL, predicate TEXT NOT NULL, object TEXT NOT NULL, workspace TEXT NOT NULL,
      metadata TEXT, created TEXT NOT NULL, UNIQUE (workspace, subject, predicate, object)
    );
    CREATE INDEX idx_spo ON triples (workspace, subject, predicate, object);
    CREATE INDEX idx_pos ON triples (workspace, predicate, object, subject);
    CREATE INDEX idx_osp ON triples (workspace, object, subject, predicate);
  `);
  const insert = prepare(
    database,
    `
    INSERT OR IGNORE INTO triples (subject, predicate, object, workspace, metadata, created)
    VALUES (?, ?, ?, ?, ?, ?)`,
  );
  // Written for the planner: the frontier is outermost, and only edges have metadata.
  const reached = `
    WITH RECURSIVE reached (id, depth) AS (
      SELECT ?2, 0 UNION
      SELECT object, depth + 1 FROM reached CROSS JOIN triples
      WHERE depth < ?3 AND workspace = ?1 AND subject = reached.id AND metadata IS NOT NULL
    ), nearest (id, depth) AS (SELECT id, min(depth) FROM reached GROUP BY id)`;
  const nodes = prepare(
    database,
    `${reached}
    SELECT id, type.object, name.object, name.created FROM nearest
    CROSS JOIN triples AS type ON type.workspace = ?1 AND type.subject = id AND type.predicate = 'type'
    CROSS JOIN triples AS name ON name.workspace = ?1 AND name.subject = id AND name.predicate = 'name'
    ORDER BY depth, id`,
  );
  const edges = prepare(
    database,
    `${reached}
    SELECT subject, predicate, object, metadata FROM nearest CROSS JOIN triples
    WHERE depth < ?3 AND workspace = ?1 AND subject = id AND metadata IS NOT NULL
    ORDER BY depth, metadata`,
  );
  return {
    fill(all, entities) {
      database.exec("BEGIN");
      for (let index = 0; index < entities; index++) {
        const created = momentOf(index).toISOString();
        insert.run(entityId(index), "type", "person", WORKSPACE, null, created);
        insert.run(
          entityId(index),
          "name",
          `Person ${index}`,
          WORKSPACE,
          null,
          created,
        );
      }
      for (const [index, { id, fromId, type, toId }] of all.entries()) {
        const metadata = JSON.stringify({ id });
        insert.run(
          fromId,
          type,
          toId,
          WORKSPACE,
          metadata,
          momentOf(index).toISOString(),
        );
      }
      database.exec("COMMIT");
    },
    traverse: (start, depth) => ({
      entities: nodes.all(WORKSPACE, start, depth).map(toEntity),
      relationships: edges.all(WORKSPACE, start, depth).map(toRelationship),
    }),
    [Symbol.dispose]: () => database.isOpen && database.close(),
  };
}

function toEntity([id, type, name, created]: readonly unknown[]): unknown {
  const createdAt = new Date(String(created));
  return {
    id,
    workspaceId: WORKSPACE,
    type,
    name,
    properties: {},
    createdAt,
    updatedAt: createdAt,
  };
}

function toRelationship(
  [fromId, type, toId, metadata]: readonly unknown[],
): unknown {
  const { id, ...rest } = JSON.parse(String(metadata));
  return { id, fromId, toId, type, metadata: rest };
}

/** A comparison of two answers that differ would mean nothing. Equal triples are one triple there. */
async function checkSameAnswer(
  store: KnowledgeStore,
  triples: Triples,
  start: string,
): Promise<void> {
  const ours = await store.traverse(WORKSPACE, start, DEPTH);
  const theirs = triples.traverse(start, DEPTH);
  const distinct = new Set(
    ours.relationships.map((each) => `${each.fromId} ${each.type} ${each.toId}`),
  );
  if (
    ours.entities.length === theirs.entities.length &&
    distinct.size === theirs.relationships.length
  ) return;
  throw new Error(
    `the two walks differ: ${ours.entities.length} and ${theirs.entities.length} entities, ` +
      `${distinct.size} and ${theirs.relationships.length} edges`,
  );
}
