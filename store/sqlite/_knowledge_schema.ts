// SPDX-License-Identifier: Apache-2.0

import type { Schema } from "./_migrate.ts";

const TRIPLES = `
  CREATE VIEW triples (subject, predicate, object, workspace, metadata, created) AS
    SELECT subject.text, 'type', type.text, workspaces.id, NULL, entities.created_at
    FROM entities JOIN workspaces ON workspaces.number = workspace
      JOIN terms AS subject ON subject.number = entities.id
      JOIN terms AS type ON type.number = entities.type
    UNION ALL
    SELECT subject.text, 'name', entities.name, workspaces.id, NULL, entities.created_at
    FROM entities JOIN workspaces ON workspaces.number = workspace
      JOIN terms AS subject ON subject.number = entities.id
    UNION ALL
    SELECT subject.text, property.key, CASE property.type
        WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'null' THEN 'null' ELSE property.value END,
      workspaces.id, NULL, entities.created_at
    FROM entities JOIN workspaces ON workspaces.number = workspace
      JOIN terms AS subject ON subject.number = entities.id
      JOIN json_each(entities.properties) AS property
    UNION ALL
    SELECT subject.text, predicate.text, object.text, workspaces.id, relationships.metadata, NULL
    FROM relationships JOIN workspaces ON workspaces.number = workspace
      JOIN terms AS subject ON subject.number = from_id
      JOIN terms AS predicate ON predicate.number = relationships.type
      JOIN terms AS object ON object.number = to_id
    UNION ALL
    SELECT subject.text, predicate.text, facts.value, workspaces.id,
      json_object('confidence', confidence, 'source', source, 'provenance', provenance), facts.created_at
    FROM facts JOIN workspaces ON workspaces.number = workspace
      JOIN terms AS subject ON subject.number = entity_id
      JOIN terms AS predicate ON predicate.number = facts.predicate;`;

/**
 * `knowledge.db`: entities, relationships and facts, each in a table of its own, so that none can
 * overwrite another whatever its words.
 *
 * Ids and words are kept once, in `terms`, and stand everywhere else as numbers of a few bytes. The id of
 * a relationship is named nowhere else, so it stands in its row: a UUID as 16 bytes, any other as text.
 * The view `triples` shows all of it as subject, predicate and object.
 *
 * The relationships that leave an entity lie beside each other, whole, so that a walk reads one page for
 * each entity instead of one for each relationship. `number` tells those of one type apart.
 */
export const KNOWLEDGE_SCHEMA: Schema = {
  kind: "knowledge",
  migrations: [{
    name: "0001_knowledge",
    sql: `
      CREATE TABLE workspaces (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE terms (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;

      CREATE TABLE entities (
        workspace INTEGER NOT NULL,
        id INTEGER NOT NULL REFERENCES terms (number),
        type INTEGER NOT NULL REFERENCES terms (number),
        name TEXT NOT NULL,
        properties TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        PRIMARY KEY (workspace, id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX entities_by_type ON entities (workspace, type, name);
      CREATE INDEX entities_by_name ON entities (workspace, name);

      CREATE TABLE relationships (
        number INTEGER PRIMARY KEY,
        workspace INTEGER NOT NULL,
        from_id INTEGER NOT NULL REFERENCES terms (number),
        type INTEGER NOT NULL REFERENCES terms (number),
        to_id INTEGER NOT NULL REFERENCES terms (number),
        id ANY NOT NULL,
        metadata TEXT,
        UNIQUE (workspace, id)
      ) STRICT;
      CREATE INDEX relationships_outgoing ON relationships (workspace, from_id, type, to_id);
      CREATE INDEX relationships_incoming ON relationships (workspace, to_id, type, from_id);

      CREATE TABLE facts (
        number INTEGER PRIMARY KEY,
        workspace INTEGER NOT NULL,
        id TEXT NOT NULL,
        entity_id INTEGER NOT NULL REFERENCES terms (number),
        predicate INTEGER NOT NULL REFERENCES terms (number),
        value TEXT NOT NULL,
        confidence REAL NOT NULL,
        source TEXT NOT NULL,
        provenance TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        valid_at INTEGER,
        invalid_at INTEGER,
        UNIQUE (workspace, id)
      ) STRICT;
      CREATE INDEX facts_by_entity ON facts (workspace, entity_id, predicate, created_at);
      CREATE INDEX facts_by_predicate ON facts (workspace, predicate, created_at);
      CREATE INDEX facts_by_time ON facts (workspace, created_at);

      ${TRIPLES}
    `,
  }, {
    name: "0002_relationships_by_entity",
    sql: `
      DROP VIEW triples;
      CREATE TABLE relationships_by_entity (
        workspace INTEGER NOT NULL,
        from_id INTEGER NOT NULL REFERENCES terms (number),
        type INTEGER NOT NULL REFERENCES terms (number),
        number INTEGER NOT NULL,
        to_id INTEGER NOT NULL REFERENCES terms (number),
        id ANY NOT NULL,
        metadata TEXT,
        PRIMARY KEY (workspace, from_id, type, number)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO relationships_by_entity
        SELECT workspace, from_id, type, number, to_id, id, metadata
        FROM relationships INDEXED BY relationships_outgoing ORDER BY workspace, from_id, type;
      DROP TABLE relationships;
      ALTER TABLE relationships_by_entity RENAME TO relationships;
      CREATE UNIQUE INDEX relationships_by_id ON relationships (workspace, id);
      CREATE INDEX relationships_incoming ON relationships (workspace, to_id, type);
      ${TRIPLES}
    `,
  }],
};
