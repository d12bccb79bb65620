// SPDX-License-Identifier: Apache-2.0

import { isMemoryResult } from "@sigil/agent";
import { z } from "zod";
import { jsonRoute, type Route } from "../route.ts";
import type { Services } from "../services.ts";
import { openStores } from "../workspace_access.ts";
import {
  entity,
  fact,
  graph,
  limit,
  listOf,
  messageHit,
  moment,
  page,
  relationship,
} from "./schemas.ts";
import { toWire } from "./wire.ts";

const COMMON = { method: "get", access: "member" } as const;
const WORKSPACE = "/api/v1/workspaces/{workspace}";
const ENTITY = `${WORKSPACE}/entities/{entity}`;
const inWorkspace = z.object({ workspace: z.string() });
const ofEntity = z.object({ workspace: z.string(), entity: z.string() });
const direction = z.enum(["outgoing", "incoming", "both"]).optional();

/** The routes of what a workspace remembers and knows. */
export function memoryRoutes(services: Services): readonly Route[] {
  return [
    searchMemory(services),
    findEntities(services),
    getEntity(services),
    listRelationships(services),
    traverse(services),
    findFacts(services),
  ];
}

function searchMemory(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Memory",
    path: `${WORKSPACE}/memory/search`,
    id: "searchMemory",
    summary: "Finds what was said, by its words; a page may hold less than its limit",
    params: inWorkspace,
    query: z.object({
      ...page,
      q: z.string().min(1).max(100_000).meta({
        description: 'Words; "words in quotes" stand together; -word does not occur',
      }),
      order: z.enum(["relevance", "newest"]).optional(),
      session: z.string().optional(),
      roles: z.string().transform((text) => text.split(",")).pipe(z.array(messageHit.shape.role))
        .optional().meta({ description: "Who speaks, between commas: user,assistant" }),
      from: moment.optional(),
      to: moment.optional(),
    }),
    result: listOf(messageHit),
  }, async ({ params, query, identity, request }) => {
    const { memory } = await openStores(services, identity, params.workspace);
    const { q, session, from, to, ...options } = query;
    const isBounded = from !== undefined || to !== undefined;
    const range = {
      from: from === undefined ? new Date(0) : new Date(from),
      to: to === undefined ? services.clock.now() : new Date(to),
    };
    const hits = await memory.messages.search(params.workspace, q, {
      ...options,
      sessionId: session,
      signal: request.signal,
      ...(isBounded && { range }),
    });
    return { items: toWire(hits.filter((hit) => !isMemoryResult(hit))) };
  });
}

function findEntities(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Knowledge",
    path: `${WORKSPACE}/entities`,
    id: "findEntities",
    summary: "Finds entities, by name",
    params: inWorkspace,
    query: z.object({ type: z.string().optional(), prefix: z.string().optional(), limit }),
    result: listOf(entity),
  }, async ({ params, query: { type, prefix, limit }, identity }) => {
    const { memory } = await openStores(services, identity, params.workspace);
    const query = { type, namePrefix: prefix, limit };
    return { items: toWire(await memory.knowledge.findEntities(params.workspace, query)) };
  });
}

function getEntity(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Knowledge",
    path: ENTITY,
    id: "getEntity",
    summary: "Gives one entity",
    params: ofEntity,
    result: entity,
  }, async ({ params, identity }) => {
    const { memory } = await openStores(services, identity, params.workspace);
    return toWire(await memory.knowledge.getEntity(params.workspace, params.entity));
  });
}

function listRelationships(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Knowledge",
    path: `${ENTITY}/relationships`,
    id: "listRelationships",
    summary: "Gives the relationships of an entity",
    params: ofEntity,
    query: z.object({ type: z.string().optional(), direction, limit }),
    result: listOf(relationship),
  }, async ({ params: { workspace, entity }, query, identity }) => {
    const { memory } = await openStores(services, identity, workspace);
    return { items: toWire(await memory.knowledge.getRelationships(workspace, entity, query)) };
  });
}

function traverse(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Knowledge",
    path: `${ENTITY}/graph`,
    id: "traverse",
    summary: "Walks from an entity along relationships",
    params: ofEntity,
    query: z.object({
      depth: z.coerce.number("Expected a number").int().min(0).max(16).default(1),
      types: z.string().optional().meta({ description: "Relationship types, between commas" }),
      direction,
    }),
    result: graph,
  }, async ({ params: { workspace, entity }, query, identity, request }) => {
    const { memory } = await openStores(services, identity, workspace);
    const found = await memory.knowledge.traverse(workspace, entity, query.depth, {
      relationshipTypes: query.types?.split(",").filter((type) => type !== ""),
      direction: query.direction,
      signal: request.signal,
    });
    return toWire(found);
  });
}

function findFacts(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Knowledge",
    path: `${WORKSPACE}/facts`,
    id: "findFacts",
    summary: "Finds facts, the latest learned first",
    params: inWorkspace,
    query: z.object({
      entity: z.string().optional(),
      predicate: z.string().optional(),
      validAt: moment.optional(),
      limit,
    }),
    result: listOf(fact),
  }, async ({ params, query: { entity, predicate, validAt, limit }, identity }) => {
    const { memory } = await openStores(services, identity, params.workspace);
    const found = await memory.knowledge.findFacts(params.workspace, {
      entityId: entity,
      predicate,
      limit,
      ...(validAt !== undefined && { validAt: new Date(validAt) }),
    });
    return { items: toWire(found) };
  });
}
