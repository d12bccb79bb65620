// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import { GatewayError, type RequestIssue } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { issueText } from "./issue_text.ts";
import { readJsonBody } from "./read_body.ts";

/** The methods that a route may have. */
export type Method = "get" | "post" | "patch" | "delete";

/** Who may use a route: everybody, everybody with a token, or admins. */
export type Access = "public" | "member" | "admin";

/** What a route is: all that is needed to serve it and to describe it. */
export interface RouteSpec<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Result extends z.ZodType = z.ZodType,
> {
  /** The method. */
  readonly method: Method;
  /** The path, with parameters in braces. */
  readonly path: string;
  /** Names it in the OpenAPI document. */
  readonly id: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** The group that it is shown in. */
  readonly tag: string;
  /** Who may use it. */
  readonly access: Access;
  /** The parameters in the path. */
  readonly params?: Params;
  /** The parameters after the question mark. */
  readonly query?: Query;
  /** The headers that it reads, for the description alone. */
  readonly headers?: z.ZodObject;
  /** The JSON body. */
  readonly body?: Body;
  /** Whether the body may be left out. */
  readonly isBodyOptional?: boolean;
  /** The answer; nothing, with status 204, when absent. */
  readonly result?: Result;
  /** The status of the answer: 200, or 204 without a result, unless given. */
  readonly status?: 200 | 201 | 202;
  /** What else it may answer with, by media type. */
  readonly produces?: Readonly<Record<string, z.ZodType>>;
}

/** What a request brings, whatever its route. */
export interface RequestContext {
  /** The request itself. */
  readonly request: Request;
  /** Who asks; on public routes, nobody. */
  readonly identity: Identity;
  /** What the path was matched with. */
  readonly pathParams: Readonly<Record<string, string>>;
  /** The longest body allowed, in bytes. */
  readonly maxBodyBytes: number;
}

/** A request whose parts have the shape that its route asks for. */
export interface RouteInput<Params, Query, Body> extends RequestContext {
  /** The parameters in the path. */
  readonly params: Params;
  /** The parameters after the question mark. */
  readonly query: Query;
  /** The JSON body. */
  readonly body: Body;
}

/** A route that is ready to be served. */
export interface Route {
  /** What it is. */
  readonly spec: RouteSpec;
  /** Answers a request; rejects with an error that can be told as a problem. */
  readonly handle: (context: RequestContext) => Promise<Response>;
}

/** A route that answers with JSON. Only what its schema names leaves the gateway. */
export function jsonRoute<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Result extends z.ZodType = z.ZodVoid,
>(
  spec: RouteSpec<Params, Query, Body, Result>,
  handler: (
    input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<NoInfer<Result>>>,
): Route {
  return rawRoute(spec, async (input) => {
    const value = await handler(input);
    if (spec.result === undefined) return new Response(null, { status: 204 });
    return Response.json(spec.result.parse(value), { status: spec.status ?? 200 });
  });
}

/** A route that answers as it likes. */
export function rawRoute<
  Params extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodUndefined,
  Body extends z.ZodType = z.ZodUndefined,
  Result extends z.ZodType = z.ZodUndefined,
>(
  spec: RouteSpec<Params, Query, Body, Result>,
  handler: (
    input: RouteInput<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<Response>,
): Route {
  const { params, query, body } = spec;
  return {
    spec,
    async handle(context) {
      const { request, pathParams } = context;
      return await handler({
        ...context,
        params: parsePart(params, pathParams, "the path") as z.output<Params>,
        query: parsePart(query, query && readQuery(request), "the query") as z.output<Query>,
        body: parsePart(body, body && await readBody(spec, context), "the body") as z.output<Body>,
      });
    },
  };
}

async function readBody(spec: RouteSpec, context: RequestContext): Promise<unknown> {
  const body = await readJsonBody(context.request, context.maxBodyBytes);
  if (body !== undefined || spec.isBodyOptional) return body;
  throw new GatewayError("invalid_json", "Cannot read the body as JSON: there is none");
}

function readQuery(request: Request): Record<string, string> {
  const start = request.url.indexOf("?");
  if (start === -1) return {};
  return Object.fromEntries(new URLSearchParams(request.url.slice(start)));
}

function parsePart(schema: z.ZodType | undefined, value: unknown, part: string): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, MAX_ISSUES).map(toIssue);
  const [first] = issues;
  const where = first?.path ? `${first.path}: ` : "";
  const message = `Cannot accept ${part}: ${where}${first?.message ?? "it is malformed"}`;
  throw new GatewayError("invalid_request", message, { issues });
}

const MAX_ISSUES = 20;

function toIssue(issue: z.core.$ZodIssue): RequestIssue {
  return { path: formatPath(issue.path), message: issueText(issue) };
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
