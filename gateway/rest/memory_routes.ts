// SPDX-License-Identifier: Apache-2.0

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
const inWorkspace = z.object({ workspace: z.string() });
const ofEntity = z.object({ workspace: z.string(), entity: z.string() });
const direction = z.enum(["outgoing", "incoming", "both"]).optional();

/** The routes of what a workspace remembers and knows. */
export function memoryRoutes(services: Services): readonly Route[] {
  return [searchRoute(services), ...knowledgeRoutes(services)];
}

function searchRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    tag: "Memory",
    path: `${WORKSPACE}/memory/search`,
    id: "searchMemory",
    summary: "Finds what was said, by its words",
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
    return { items: toWire(hits) };
  });
}

function knowledgeRoutes(services: Services): readonly Route[] {
  const common = { ...COMMON, tag: "Knowledge" } as const;
  return [
    jsonRoute({
      ...common,
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
    }),
    jsonRoute({
      ...common,
      path: `${WORKSPACE}/entities/{entity}`,
      id: "getEntity",
      summary: "Gives one entity",
      params: ofEntity,
      result: entity,
    }, async ({ params, identity }) => {
      const { memory } = await openStores(services, identity, params.workspace);
      return toWire(await memory.knowledge.getEntity(params.workspace, params.entity));
    }),
    jsonRoute({
      ...common,
      path: `${WORKSPACE}/entities/{entity}/relationships`,
      id: "listRelationships",
      summary: "Gives the relationships of an entity",
      params: ofEntity,
      query: z.object({ type: z.string().optional(), direction, limit }),
      result: listOf(relationship),
    }, async ({ params, query, identity }) => {
      const { memory } = await openStores(services, identity, params.workspace);
      const { knowledge } = memory;
      const found = await knowledge.getRelationships(params.workspace, params.entity, query);
      return { items: toWire(found) };
    }),
    jsonRoute({
      ...common,
      path: `${WORKSPACE}/entities/{entity}/graph`,
      id: "traverse",
      summary: "Walks from an entity along relationships",
      params: ofEntity,
      query: z.object({
        depth: z.coerce.number("Expected a number").int().min(0).max(16).default(1),
        types: z.string().optional().meta({ description: "Relationship types, between commas" }),
        direction,
      }),
      result: graph,
    }, async ({ params, query, identity, request }) => {
      const { memory } = await openStores(services, identity, params.workspace);
      const { depth, types, direction } = query;
      const found = await memory.knowledge.traverse(params.workspace, params.entity, depth, {
        relationshipTypes: types?.split(",").filter((type) => type !== ""),
        direction,
        signal: request.signal,
      });
      return toWire(found);
    }),
    jsonRoute({
      ...common,
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
    }),
  ];
}
