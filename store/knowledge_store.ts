// SPDX-License-Identifier: Apache-2.0

import type { CallOptions, LimitOptions } from "./options.ts";

/** A value that JSON can hold. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** An object that JSON can hold. */
export interface JsonObject {
  /** Any key, any value of JSON. */
  readonly [key: string]: JsonValue;
}

/** A person, place, project or any other thing that is known of. */
export interface Entity {
  /** Unique in its workspace. */
  readonly id: string;
  /** The workspace that it belongs to. */
  readonly workspaceId: string;
  /** What kind of thing it is, such as `person`. */
  readonly type: string;
  /** What it is called. */
  readonly name: string;
  /** Whatever else is known of it. */
  readonly properties: JsonObject;
  /** When it was first put, to the millisecond. */
  readonly createdAt: Date;
  /** When it was last put, to the millisecond. */
  readonly updatedAt: Date;
}

/** An {@linkcode Entity} as it is handed in: without properties and put now unless it says otherwise. */
export type EntityInput =
  & Pick<Entity, "id" | "type" | "name">
  & {
    readonly [Key in "workspaceId" | "properties" | "createdAt" | "updatedAt"]?:
      | Entity[Key]
      | undefined;
  };

/** A directed, typed edge from one entity to another. */
export interface Relationship {
  /** Unique in its workspace. */
  readonly id: string;
  /** The entity that it leaves. */
  readonly fromId: string;
  /** The entity that it reaches. */
  readonly toId: string;
  /** What it means, such as `works_with`. */
  readonly type: string;
  /** Whatever else is known of it. */
  readonly metadata: JsonObject;
}

/** A {@linkcode Relationship} as it is handed in. */
export type RelationshipInput =
  & Omit<Relationship, "metadata">
  & { readonly metadata?: JsonObject | undefined };

/** Where knowledge comes from, and so how far it may be trusted. */
export type Provenance = "user" | "agent" | "tool" | "untrusted";

/** Every {@linkcode Provenance}, the most trusted first. */
export const PROVENANCES: readonly Provenance[] = ["user", "agent", "tool", "untrusted"];

/** A statement about one entity that held, or still holds, for a time. */
export interface Fact {
  /** Unique in its workspace. */
  readonly id: string;
  /** The workspace that it belongs to. */
  readonly workspaceId: string;
  /** The entity that it is about. */
  readonly entityId: string;
  /** What it tells, such as `occupation`. */
  readonly predicate: string;
  /** The value told. */
  readonly value: string;
  /** How sure it is, from 0 to 1. */
  readonly confidence: number;
  /** What it was taken from, such as a message id; empty when unknown. */
  readonly source: string;
  /** Who says so. */
  readonly provenance: Provenance;
  /** When it was learned, to the millisecond. */
  readonly createdAt: Date;
  /** Since when it holds in the world; null when unknown. */
  readonly validAt: Date | null;
  /** When it ceased to hold; null while it holds. */
  readonly invalidAt: Date | null;
}

/** A {@linkcode Fact} as it is handed in: certain, from the user, of unknown source, and learned now unless it says otherwise. */
export type FactInput =
  & Pick<Fact, "id" | "entityId" | "predicate" | "value">
  & {
    readonly [Key in Exclude<keyof Fact, "id" | "entityId" | "predicate" | "value">]?:
      | Fact[Key]
      | undefined;
  };

/** Which entities to find; what is left out is not asked for. */
export interface EntityQuery {
  /** Exactly this type. */
  readonly type?: string | undefined;
  /** A name that begins so, letter for letter. */
  readonly namePrefix?: string | undefined;
  /** How many at most; 0 or absent means 100. At most 10,000. */
  readonly limit?: number | undefined;
}

/** Which facts to find; what is left out is not asked for. */
export interface FactQuery {
  /** About this entity. */
  readonly entityId?: string | undefined;
  /** With exactly this predicate. */
  readonly predicate?: string | undefined;
  /** Only facts that held at that moment: learned of as valid by then, and not yet invalid. */
  readonly validAt?: Date | undefined;
  /** How many at most; 0 or absent means 100. At most 10,000. */
  readonly limit?: number | undefined;
}

/** Which way edges are followed, seen from the entity. */
export type Direction = "outgoing" | "incoming" | "both";

/** Every {@linkcode Direction}. */
export const DIRECTIONS: readonly Direction[] = ["outgoing", "incoming", "both"];

/** Which relationships to give. */
export interface RelationshipOptions extends LimitOptions {
  /** Only this type. */
  readonly type?: string | undefined;
  /**
   * Which way, seen from the entity.
   *
   * @default {"both"}
   */
  readonly direction?: Direction | undefined;
}

/** Which edges a traversal follows. */
export interface TraversalFilter extends CallOptions {
  /** Only these types; all when absent or empty. */
  readonly relationshipTypes?: readonly string[] | undefined;
  /** A depth that is never exceeded, whatever depth is asked for. */
  readonly maxDepth?: number | undefined;
  /**
   * Which way edges are followed.
   *
   * @default {"outgoing"}
   */
  readonly direction?: Direction | undefined;
}

/** Entities, and the relationships walked to reach them. */
export interface Graph {
  /** The start first, then by distance; ties by id. An id that only relationships name has no entity here. */
  readonly entities: readonly Entity[];
  /** Every edge that leaves an entity nearer than the depth; by distance, ties by id. */
  readonly relationships: readonly Relationship[];
}

/**
 * Keeps what is known in a workspace: entities, the relationships between them, and facts about them.
 *
 * Entities, relationships and facts never overwrite each other, whatever their words. Values are not
 * entities: two people who live in the same city are no neighbours unless a relationship says so.
 */
export interface KnowledgeStore extends AsyncDisposable {
  /**
   * Adds an entity, or replaces name, type and all properties of the one with its id.
   *
   * @throws {StoreError} With code `invalid_input` when a field is malformed.
   */
  putEntity(workspaceId: string, entity: EntityInput, options?: CallOptions): Promise<void>;

  /**
   * Gives the entity with that id.
   *
   * @throws {StoreError} With code `not_found`.
   */
  getEntity(workspaceId: string, id: string, options?: CallOptions): Promise<Entity>;

  /** Finds entities, ordered by name, ties by id. */
  findEntities(
    workspaceId: string,
    query: EntityQuery,
    options?: CallOptions,
  ): Promise<readonly Entity[]>;

  /**
   * Adds a relationship, or replaces the one with its id. Its ends need not be known as entities yet.
   *
   * @throws {StoreError} With code `invalid_input` when a field is malformed.
   */
  putRelationship(
    workspaceId: string,
    relationship: RelationshipInput,
    options?: CallOptions,
  ): Promise<void>;

  /** Gives the relationships of an entity, ordered by id. One from an entity to itself is given once. */
  getRelationships(
    workspaceId: string,
    entityId: string,
    options?: RelationshipOptions,
  ): Promise<readonly Relationship[]>;

  /**
   * Adds a fact, or replaces the one with its id.
   *
   * @throws {StoreError} With code `invalid_input` when a field is malformed.
   */
  putFact(workspaceId: string, fact: FactInput, options?: CallOptions): Promise<void>;

  /** Finds facts, the latest learned first, ties with the later id first. */
  findFacts(workspaceId: string, query: FactQuery, options?: CallOptions): Promise<readonly Fact[]>;

  /**
   * Walks from an entity along relationships, level by level. Cycles end where they began.
   *
   * @param depth How many steps; 0 gives the start alone. At most 100.
   * @throws {StoreError} With code `not_found` when the start is not known.
   */
  traverse(
    workspaceId: string,
    startId: string,
    depth: number,
    filter?: TraversalFilter,
  ): Promise<Graph>;

  /** Writes what is pending and closes. Calling it again does nothing. */
  close(): Promise<void>;
}
