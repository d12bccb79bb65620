// SPDX-License-Identifier: Apache-2.0

import { Answers } from "./answers.ts";
import { systemClock } from "./clock.ts";
import { Door } from "./door.ts";
import { GatewayError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { silentLogger } from "./logger.ts";
import { Metrics } from "./metrics.ts";
import { describeRoutes } from "./openapi.ts";
import { chatCompletionRoute } from "./openai/chat_route.ts";
import { embeddingsRoute } from "./openai/embeddings_route.ts";
import { modelRoutes } from "./openai/models_route.ts";
import { PathRouter, type Reached } from "./path_router.ts";
import { openAiErrorResponse, problemResponse, toProblem } from "./problem.ts";
import { Recorder } from "./recorder.ts";
import { adminRoutes } from "./rest/admin_routes.ts";
import { chatRoutes } from "./rest/chat_route.ts";
import { pluginRoutes } from "./rest/plugin_routes.ts";
import { memoryRoutes } from "./rest/memory_routes.ts";
import { pairingRoutes } from "./rest/pairing_routes.ts";
import { jsonObject } from "./rest/schemas.ts";
import { sessionRoutes } from "./rest/session_routes.ts";
import { userRoutes } from "./rest/user_routes.ts";
import { workspaceRoutes } from "./rest/workspace_routes.ts";
import { jsonRoute, type Route } from "./route.ts";
import type { GatewayParts, Services } from "./services.ts";
import { nameRequest } from "./telemetry.ts";
import { TurnHub } from "./turn_hub.ts";

const SECURITY_HEADERS = Object.entries({
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
});

/** What is counted when a client left before it was answered, as other servers count it. */
const CLIENT_LEFT = 499;

const NOBODY: Identity = { userId: "", role: "member" };

/** The HTTP surface of a gateway, without the socket. */
export interface App {
  /** Every route, as it is served. */
  readonly routes: readonly Route[];
  /** How it is limited. */
  readonly limits: Limits;
  /**
   * Answers a request. Never rejects.
   *
   * @param remote Gives the address of who asks.
   */
  fetch(request: Request, remote: () => string): Promise<Response>;
  /** Begins no more answers, lets open ones finish until the deadline of the limits, ends the rest. */
  drain(): Promise<void>;
}

/** Puts the HTTP surface together. The parts stay with whoever made them. */
export function createApp(parts: GatewayParts): App {
  const services = toServices(parts);
  const routes = allRoutes(services);
  const door = new Door(services);
  const router = new PathRouter<Route>();
  for (const route of routes) router.add(route.spec.method, route.spec.path, route);
  return {
    routes,
    limits: services.limits,
    fetch: (request, remote) => receive({ services, door, router }, request, remote),
    async drain() {
      await services.answers.drain(services.limits.drainMs, services.clock);
      services.hub.close();
    },
  };
}

/** What it takes to answer a request. */
interface Surface {
  readonly services: Services;
  readonly door: Door;
  readonly router: PathRouter<Route>;
}

function toServices(parts: GatewayParts): Services {
  const { clock = systemClock, logger = silentLogger, metrics = new Metrics() } = parts;
  const limits = { ...DEFAULT_LIMITS, ...parts.limits };
  const answers = new Answers(limits.maxStreams);
  const { resumeGraceMs: graceMs, resumeKeepMs: keepMs } = limits;
  metrics.gauge("sigil_answers_open", "Answers under way.", () => answers.size);
  metrics.gauge("process_resident_memory_bytes", "Memory held.", () => Deno.memoryUsage().rss);
  return {
    ...parts,
    clock,
    logger,
    limits,
    answers,
    hub: new TurnHub({ clock, graceMs, keepMs }),
    metrics,
    recorder: new Recorder(parts.gatewayStore.auditLog, clock, logger),
    startedAt: clock.now(),
  };
}

function allRoutes(services: Services): readonly Route[] {
  const routes = [
    chatCompletionRoute(services),
    ...modelRoutes(services),
    embeddingsRoute(services),
    ...chatRoutes(services),
    ...workspaceRoutes(services),
    ...sessionRoutes(services),
    ...memoryRoutes(services),
    ...userRoutes(services),
    ...pairingRoutes(services),
    ...adminRoutes(services),
    ...pluginRoutes(services),
  ];
  const all: readonly Route[] = [...routes, openApiRoute(() => all)];
  return all;
}

function openApiRoute(routes: () => readonly Route[]): Route {
  let document: Record<string, unknown> | undefined;
  return jsonRoute({
    method: "get",
    path: "/api/v1/openapi.json",
    id: "getOpenApi",
    summary: "Gives this description",
    tag: "Gateway",
    access: "member",
    result: jsonObject,
  }, async () => document ??= describeRoutes(routes()));
}

/** Lets a request in at the gate, and gives every answer the headers that all have in common. */
async function receive(
  surface: Surface,
  request: Request,
  remote: () => string,
): Promise<Response> {
  const { services, door } = surface;
  let response: Response;
  try {
    door.checkPlace(request);
    response = isPreflight(request)
      ? new Response(null, { status: 204, headers: PREFLIGHT_HEADERS })
      : await dispatch(surface, request, remote);
  } catch (error) {
    response = explain(services, request, error);
  }
  return withCommonHeaders(response, request, door);
}

/** Answers on the route that a request is for. HEAD is GET without the body. */
async function dispatch(
  surface: Surface,
  request: Request,
  remote: () => string,
): Promise<Response> {
  const isHead = request.method === "HEAD";
  const reached = surface.router.find(isHead ? "GET" : request.method, request.url);
  if (reached === undefined) return problemFor(request, missing(surface.router, request));
  const response = await answer(surface, reached, request, remote);
  if (!isHead) return response;
  await response.body?.cancel();
  return new Response(null, response);
}

/** Answers on a route, whoever may use it. */
async function answer(
  { services, door }: Surface,
  { target: { spec, handle }, params: pathParams }: Reached<Route>,
  request: Request,
  remote: () => string,
): Promise<Response> {
  nameRequest(request.method, spec.path);
  const begunAt = services.clock.now().getTime();
  let response: Response;
  try {
    const isPublic = spec.access === "public";
    const identity = isPublic ? NOBODY : await door.enter(request, remote);
    if (spec.access === "admin" && identity.role !== "admin") throw adminsOnly();
    const { maxBodyBytes } = services.limits;
    response = await handle({ request, identity, pathParams, maxBodyBytes });
  } catch (error) {
    response = explain(services, request, error);
  }
  const status = response.status === 500 && request.signal.aborted ? CLIENT_LEFT : response.status;
  const labels = { route: spec.path, method: spec.method, status: String(status) };
  const seconds = (services.clock.now().getTime() - begunAt) / 1000;
  services.metrics.count("sigil_http_requests_total", "Requests, by route and status.", labels);
  services.metrics.observe(
    "sigil_http_response_seconds",
    "Time to the first byte of an answer.",
    { route: spec.path },
    seconds,
  );
  return response;
}

function explain({ logger }: Services, request: Request, error: unknown): Response {
  const problem = toProblem(error);
  if (problem.code === "internal" && !request.signal.aborted) {
    const { pathname } = new URL(request.url);
    const stack = error instanceof Error ? error.stack : String(error);
    logger.error("request failed", { method: request.method, path: pathname, error: stack });
  }
  return problemFor(request, problem);
}

function problemFor(request: Request, problem: ReturnType<typeof toProblem>): Response {
  const isOpenAi = new URL(request.url).pathname.startsWith("/v1/");
  return isOpenAi ? openAiErrorResponse(problem) : problemResponse(problem);
}

function missing(
  router: PathRouter<Route>,
  { method, url }: Request,
): ReturnType<typeof toProblem> {
  const others = METHODS.filter((other) => router.find(other, url) !== undefined);
  if (others.length === 0) {
    return toProblem(new GatewayError("not_found", "Cannot find what is asked for: no such path"));
  }
  const message = `Cannot use ${method} here: the path takes ${others.join(", ")}`;
  return toProblem(new GatewayError("method_not_allowed", message));
}

const METHODS = ["GET", "POST", "PATCH", "DELETE"];

function withCommonHeaders(response: Response, request: Request, door: Door): Response {
  const { headers } = response;
  for (const [name, value] of SECURITY_HEADERS) headers.set(name, value);
  headers.set("x-request-id", crypto.randomUUID());
  const origin = request.headers.get("origin");
  if (origin !== null && door.isAllowedOrigin(origin)) {
    headers.set("access-control-allow-origin", origin);
    headers.set("access-control-expose-headers", EXPOSED_HEADERS);
    headers.append("vary", "Origin");
  }
  return response;
}

const EXPOSED_HEADERS = "retry-after, x-request-id, x-sigil-session, x-sigil-turn, x-sigil-ignored";

const PREFLIGHT_HEADERS = {
  "access-control-allow-methods": "GET, POST, PATCH, DELETE",
  "access-control-allow-headers":
    "authorization, content-type, last-event-id, x-sigil-session, x-sigil-workspace",
  "access-control-max-age": "600",
};

function isPreflight(request: Request): boolean {
  return request.method === "OPTIONS" && request.headers.has("access-control-request-method");
}

function adminsOnly(): GatewayError {
  return new GatewayError("forbidden", "Cannot do this: it takes the role admin");
}
