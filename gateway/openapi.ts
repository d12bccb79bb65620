// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { openAiErrorBody } from "./openai/schemas.ts";
import { problem } from "./rest/schemas.ts";
import type { Route, RouteSpec } from "./route.ts";
import { VERSION } from "./version.ts";

type Json = Record<string, unknown>;

/** Describes routes as an OpenAPI 3.1 document, from the schemas that check their requests. */
export function describeRoutes(routes: readonly Route[]): Json {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  for (const { spec } of routes) {
    paths[spec.path] = { ...paths[spec.path], [spec.method]: operation(spec, components) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Sigil",
      version: VERSION,
      summary: "A gateway between people and AI agents",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(({ spec }) => spec.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function operation(spec: RouteSpec, components: Json): Json {
  const parameters = [
    ...parametersIn("path", spec.params, components),
    ...parametersIn("query", spec.query, components),
    ...parametersIn("header", spec.headers, components),
  ];
  return {
    operationId: spec.id,
    summary: spec.summary,
    tags: [spec.tag],
    ...(spec.access === "public" && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(spec.body !== undefined && { requestBody: requestBody(spec, components) }),
    responses: { ...success(spec, components), default: failure(spec, components) },
  };
}

function requestBody({ body, isBodyOptional }: RouteSpec, components: Json): Json {
  return {
    required: !isBodyOptional,
    content: { "application/json": { schema: toSchema(body, "input", components) } },
  };
}

function success(spec: RouteSpec, components: Json): Json {
  const types = Object.entries(spec.produces ?? {});
  if (spec.result !== undefined) types.unshift(["application/json", spec.result]);
  if (types.length === 0) return { 204: { description: "Done" } };
  const content = Object.fromEntries(
    types.map(([type, schema]) => [type, { schema: toSchema(schema, "output", components) }]),
  );
  return { [spec.status ?? 200]: { description: "The answer", content } };
}

function failure({ path }: RouteSpec, components: Json): Json {
  const [type, schema] = path.startsWith("/v1/")
    ? ["application/json", openAiErrorBody]
    : ["application/problem+json", problem];
  const content = { [type]: { schema: toSchema(schema, "output", components) } };
  return { description: "Why there is no answer", content };
}

function parametersIn(
  place: "path" | "query" | "header",
  schema: z.ZodType | undefined,
  components: Json,
): readonly Json[] {
  if (schema === undefined) return [];
  const { properties = {} } = toSchema(schema, "output", components) as { properties?: Json };
  const { required = [] } = toSchema(schema, "input", components) as { required?: string[] };
  return Object.entries(properties).map(([name, shape]) => {
    const { description, ...rest } = shape as Json;
    const isRequired = place === "path" || required.includes(name);
    const text = description === undefined ? {} : { description };
    return { name, in: place, required: isRequired, schema: rest, ...text };
  });
}

/** Writes a schema as JSON Schema; what has a name goes to the components, once. */
function toSchema(
  schema: z.ZodType | undefined,
  io: "input" | "output",
  components: Json,
): unknown {
  if (schema === undefined) return {};
  const { $schema: _, $defs = {}, ...rest } = z.toJSONSchema(schema, { io }) as Json;
  for (const [name, shape] of Object.entries($defs as Json)) {
    components[name] = withComponentRefs(shape);
  }
  return withComponentRefs(rest);
}

function withComponentRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withComponentRefs);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([key]) => key !== "id" || !("type" in value));
  return Object.fromEntries(entries.map(([key, inner]) => {
    if (key === "$ref" && typeof inner === "string") {
      return [key, inner.replace("#/$defs/", "#/components/schemas/")];
    }
    return [key, withComponentRefs(inner)];
  }));
}
