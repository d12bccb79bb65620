// SPDX-License-Identifier: Apache-2.0

/**
 * What Sigil promises, written by hand for this one benchmark: the least that it can cost here.
 *
 * It checks the token and the body, ends the call when the client leaves or time is up, and answers only
 * when the answer is in the sealed audit log; a turn also keeps both messages and the tokens. It has no
 * router, no budgets, no limits, no metrics, no tools, and one vendor whose answers it believes.
 */

import { openGatewayStore, openWorkspaceStores } from "@sigil/store";
import { join } from "node:path";
import { newId } from "../../gateway/new_id.ts";
import { type ChatCompletionRequest, chatCompletionRequest } from "../../gateway/openai/schemas.ts";
import { TokenMatcher } from "../../gateway/token.ts";

const STORAGE = { backend: "sqlite" } as const;
const WINDOW = 20;
const SILENCE_MS = 120_000;
/** What comes within this time of other pieces of a stream is passed on with them, as Sigil does. */
const TOGETHER_MS = 5;
const WORKSPACE = "default";
const JSON_TYPE = { "content-type": "application/json" };

const [port, token = "", backendUrl = "", model = "", directory = ""] = Deno.args;
const owner = new TokenMatcher(token);
const gateway = await openGatewayStore(STORAGE, directory);
const workspace = join(directory, "workspaces", WORKSPACE);
await Deno.mkdir(workspace, { recursive: true });
const stores = await openWorkspaceStores(STORAGE, workspace);

async function answer(request: Request): Promise<Response> {
  const given = request.headers.get("authorization")?.slice("Bearer ".length) ?? "";
  if (!owner.matches(given)) return new Response(null, { status: 401 });
  const body = chatCompletionRequest.parse(await request.json());
  if (body.model === "sigil") return await turn(request, body);
  return body.stream ? await stream(request, body) : await whole(request, body);
}

async function whole(request: Request, body: ChatCompletionRequest): Promise<Response> {
  const text = await (await ask(request, body)).text();
  await record("chat.completion", JSON.parse(text).usage);
  return new Response(text, { headers: JSON_TYPE });
}

async function stream(request: Request, body: ChatCompletionRequest): Promise<Response> {
  const response = await ask(request, body);
  const reader = response.body!.getReader({ mode: "byob" });
  let [buffer, isBegun] = [new ArrayBuffer(16 * 1024), false];
  const pull = async (controller: ReadableStreamDefaultController): Promise<void> => {
    const pieces: Uint8Array[] = [];
    const until = performance.now() + (isBegun ? TOGETHER_MS : 0);
    isBegun = true;
    do {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) {
        await record("chat.completion", {});
        if (pieces.length > 0) controller.enqueue(concatenate(pieces));
        return controller.close();
      }
      pieces.push(value.slice());
      buffer = value.buffer as ArrayBuffer;
    } while (performance.now() < until);
    controller.enqueue(concatenate(pieces));
  };
  return new Response(new ReadableStream({ pull }), {
    headers: { "content-type": "text/event-stream" },
  });
}

/** Reads the session, keeps what the user says, asks, and keeps the answer and what it cost. */
async function turn(request: Request, body: ChatCompletionRequest): Promise<Response> {
  const sessionId = request.headers.get("x-sigil-session") ?? "";
  const asked = body.messages.at(-1)?.content as string;
  await stores.sessions.getSession(sessionId).catch(() =>
    stores.sessions.createSession({ id: sessionId, workspaceId: WORKSPACE, userId: "owner" })
  );
  const window = await stores.sessions.getActiveWindow(sessionId, WINDOW);
  await keep(sessionId, "user", asked);
  const messages = [...window.map(({ role, content }) => ({ role, content })), {
    role: "user",
    content: asked,
  }];
  const text = await (await ask(request, { messages })).text();
  const { choices: [choice], usage } = JSON.parse(text);
  await Promise.all([
    keep(sessionId, "assistant", choice.message.content),
    stores.sessions.changeSession(sessionId, ({ tokenBudget }) => ({
      tokenBudget: { ...tokenBudget, usedSession: tokenBudget.usedSession + usage.total_tokens },
    })),
  ]);
  await record("turn.run", usage);
  return new Response(text, { headers: JSON_TYPE });
}

async function keep(sessionId: string, role: "user" | "assistant", content: string): Promise<void> {
  const createdAt = new Date();
  const message = { id: newId(createdAt), sessionId, role, content, createdAt };
  await Promise.all([
    stores.memory.messages.append(WORKSPACE, message),
    stores.sessions.appendMessage(sessionId, message),
  ]);
}

async function ask({ signal }: Request, body: object): Promise<Response> {
  const controller = new AbortController();
  signal.addEventListener("abort", () => controller.abort(), { once: true });
  const timer = setTimeout(() => controller.abort(), SILENCE_MS);
  const response = await fetch(`${backendUrl}/chat/completions`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ ...body, model }),
    signal: controller.signal,
  });
  clearTimeout(timer);
  return response;
}

async function record(action: string, details: Record<string, number>): Promise<void> {
  const timestamp = new Date();
  const entry = { id: newId(timestamp), timestamp, action, actor: "owner", result: "ok" };
  await gateway.auditLog.append({ ...entry, workspaceId: WORKSPACE, details });
}

function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

Deno.serve({ hostname: "127.0.0.1", port: Number(port) }, answer);
