// SPDX-License-Identifier: Apache-2.0

import { createClient } from "@connectrpc/connect";
import { Host } from "@sigil/proto/plugin/v1/host";
import { type ExecuteChunk, Tool } from "@sigil/proto/plugin/v1/tool";
import { assertEquals, assertLess, assertRejects, assertStrictEquals } from "@std/assert";
import { memoryPipes } from "../testing/_memory_pipes.ts";
import { MAX_CALLS, MAX_MESSAGE_BYTES, WINDOW_BYTES } from "./_frame.ts";
import { FrameConnection } from "./frame_connection.ts";
import { createFrameTransport } from "./frame_transport.ts";
import { RpcCaller, type RpcFailures } from "./rpc_caller.ts";
import { type RpcHandlers, type ServedService, serveServices, service } from "./serve_services.ts";
import { createServiceClient } from "./service_client.ts";
import { STATUS } from "./status.ts";

const FAILURES: RpcFailures = {
  ended: (path, { status, text }) => new Error(`${path} ended with ${status}: ${text}`),
  timeout: (path, timeoutMs) => new Error(`${path} took over ${timeoutMs} ms`),
  tooLarge: (path, bytes) => new RangeError(`${path} of ${bytes} bytes`),
};

type ToolHandlers = RpcHandlers<typeof Tool>;

const NO_TOOLS: ToolHandlers = {
  describe: async () => ({ tools: [] }),
  async *execute() {},
};

Deno.test("a call with one answer is answered", async () => {
  const { tools } = connect({
    describe: async () => ({ tools: [{ name: "greet", description: "Greets" }] }),
  });
  const answer = await tools.describe({});
  assertEquals(answer.tools.map((tool) => tool.name), ["greet"]);
});

Deno.test("answers come back to their own calls", async () => {
  const { tools } = connect({
    async *execute({ arguments: text }) {
      yield { chunk: { case: "text", value: text } };
    },
  });
  const numbers = Array.from({ length: 3 * MAX_CALLS }, (_, index) => String(index));
  const answers = await Promise.all(numbers.map((number) => {
    return collectText(tools.execute({ arguments: number }));
  }));
  assertEquals(answers, numbers);
});

Deno.test("both sides can call at once", async () => {
  const { tools, host } = connect({
    describe: async () => ({ tools: [{ name: (await host.kvList({})).keys.join() }] }),
  });
  assertEquals((await tools.describe({})).tools[0]?.name, "a,b");
});

Deno.test("a stream gives its messages in order", async () => {
  const { tools } = connect({
    async *execute() {
      for (let count = 0; count < 20_000; count++) {
        yield { chunk: { case: "text", value: `${count};` } };
      }
    },
  });
  const expected = Array.from({ length: 20_000 }, (_, index) => `${index};`).join("");
  assertEquals(await collectText(tools.execute({})), expected);
});

Deno.test("a stream whose answers are all there gives them, however many", async (t) => {
  const part = "x".repeat(1000);
  for (const count of [0, 1, 2, 3 * WINDOW_BYTES / part.length | 0]) {
    await t.step(`${count} answers`, async () => {
      const { tools, hostSide, pluginSide } = connect({
        execute: async () => Array(count).fill({ chunk: { case: "text", value: part } }),
      });
      assertEquals((await collectText(tools.execute({}))).length, count * part.length);
      assertEquals([hostSide.callsInFlight, pluginSide.callsInFlight], [0, 0]);
    });
  }
});

Deno.test("a handler may send its answers itself", async () => {
  const { tools, hostSide, pluginSide } = connect({
    execute: ({ arguments: text }) => async ({ send, finish }) => {
      for (const value of text) await send({ chunk: { case: "text", value } });
      if (text === "abc") await finish({ chunk: { case: "text", value: "." } });
      if (text === "bad") throw new Error("no more today");
    },
  });
  assertEquals(await collectText(tools.execute({ arguments: "abc" })), "abc.");
  assertEquals(await collectText(tools.execute({ arguments: "" })), "");
  assertEquals(await collectText(tools.execute({ arguments: "xyz" })), "xyz");
  await assertRejects(() => collectText(tools.execute({ arguments: "bad" })), Error, "no more");
  assertEquals([hostSide.callsInFlight, pluginSide.callsInFlight], [0, 0]);
});

Deno.test("a handler that sends its answers itself waits for credit and sees its reader leave", async () => {
  let sent = 0;
  const closed = Promise.withResolvers<void>();
  const { tools } = connect({
    execute: () => async (answers) => {
      for (; !answers.closed; sent++) {
        await answers.send({ chunk: { case: "text", value: "x".repeat(1000) } });
      }
      closed.resolve();
    },
  });
  for await (const _chunk of tools.execute({})) {
    await settle();
    assertLess(sent * 1000, WINDOW_BYTES + 2000);
    break;
  }
  await closed.promise;
});

Deno.test("a stream runs no further ahead than its window", async () => {
  let sent = 0;
  const { tools } = connect({
    async *execute() {
      for (;;) {
        sent++;
        yield { chunk: { case: "text", value: "x".repeat(1000) } };
      }
    },
  });
  const stream = tools.execute({})[Symbol.asyncIterator]();
  await stream.next();
  await settle();
  assertLess(sent * 1000, WINDOW_BYTES + 2000);
  for (let count = 0; count < 1000; count++) await stream.next();
  await settle();
  assertLess((sent - 1001) * 1000, WINDOW_BYTES + 2000);
});

Deno.test("messages of the largest size pass", async () => {
  const value = "x".repeat(MAX_MESSAGE_BYTES - 6);
  const { tools } = connect({
    async *execute({ arguments: text }) {
      yield { chunk: { case: "text", value: text } };
      yield { chunk: { case: "text", value: text } };
    },
  });
  const text = await collectText(tools.execute({ arguments: value }));
  assertEquals(text.length, 2 * value.length);
});

Deno.test("calls that wait for their turn keep their own requests", async () => {
  const { tools } = connect({
    async *execute({ arguments: text }) {
      yield { chunk: { case: "text", value: text } };
    },
  });
  const texts = ["a", "b"].map((text) => text.repeat(MAX_MESSAGE_BYTES / 2));
  const small = Array.from({ length: 100 }, (_, index) => `small ${index}`);
  const answers = await Promise.all([...texts, ...small].map((text) => {
    return collectText(tools.execute({ arguments: text }));
  }));
  assertEquals(
    answers.map((text) => text.slice(0, 9)),
    [...texts, ...small].map((text) => {
      return text.slice(0, 9);
    }),
  );
});

Deno.test("a request that is too large is refused here", async () => {
  const { tools } = connect();
  const large = "x".repeat(MAX_MESSAGE_BYTES);
  await assertRejects(() => collectText(tools.execute({ arguments: large })), RangeError);
});

Deno.test("an answer that is too large fails the call and nothing else", async () => {
  const { tools } = connect({
    describe: async () => ({ tools: [{ name: "x".repeat(MAX_MESSAGE_BYTES) }] }),
    async *execute() {},
  });
  await assertRejects(() => tools.describe({}), Error, "is over");
  assertEquals(await collectText(tools.execute({})), "");
});

Deno.test("an error of a handler fails the call with its text", async () => {
  const { tools } = connect({
    describe: () => Promise.reject(new Error("no tools today")),
    async *execute() {
      yield { chunk: { case: "text", value: "a" } };
      throw new Error("no more today");
    },
  });
  await assertRejects(() => tools.describe({}), Error, "ended with 2: no tools today");
  await assertRejects(() => collectText(tools.execute({})), Error, "no more today");
});

Deno.test("a method that nobody serves fails the call", async () => {
  const { tools } = connect({}, []);
  await assertRejects(() => tools.describe({}), Error, `ended with ${STATUS.unimplemented}`);
});

Deno.test("leaving a stream cancels it on the other side", async () => {
  const cancelled = Promise.withResolvers<void>();
  const { tools } = connect({
    async *execute(_request, { signal }) {
      signal.addEventListener("abort", () => cancelled.resolve());
      for (;;) yield { chunk: { case: "text", value: "more" } };
    },
  });
  for await (const _chunk of tools.execute({})) break;
  await cancelled.promise;
});

Deno.test("a signal cancels a call with its own reason", async () => {
  const { tools, aborted } = connect(HANGING);
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  const call = tools.describe({}, { signal: controller.signal });
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => call), reason);
  await aborted;
});

Deno.test("a signal that has aborted keeps a call from being made", async () => {
  const { tools, hostSide } = connect(HANGING);
  const signal = AbortSignal.abort(new Error("too late"));
  await assertRejects(() => tools.describe({}, { signal }), Error, "too late");
  assertEquals(hostSide.callsInFlight, 0);
});

Deno.test("a deadline fails a call and cancels it on the other side", async () => {
  const { tools, aborted } = connect(HANGING);
  await assertRejects(() => tools.describe({}, { timeoutMs: 1 }), Error, "took over 1 ms");
  await aborted;
});

Deno.test("a deadline fails a stream that has begun", async () => {
  const { tools } = connect({
    async *execute(_request, { signal }) {
      yield { chunk: { case: "text", value: "a" } };
      await aborts(signal);
    },
  });
  const stream = tools.execute({}, { timeoutMs: 20 });
  await assertRejects(() => collectText(stream), Error, "took over 20 ms");
});

Deno.test("a call that waits for its turn has a deadline too", async () => {
  const { tools, hostSide } = connect(HANGING);
  const first = Array.from({ length: MAX_CALLS }, () => tools.describe({}));
  await assertRejects(() => tools.describe({}, { timeoutMs: 1 }), Error, "took over 1 ms");
  hostSide.close(new Error("enough"));
  const results = await Promise.allSettled(first);
  assertEquals(new Set(results.map((result) => result.status)), new Set(["rejected"]));
});

Deno.test("each of many calls has a deadline of its own", async () => {
  const { tools } = connect(HANGING);
  const failed: number[] = [];
  const calls = [40, 1, 20].map((timeoutMs) => {
    return tools.describe({}, { timeoutMs }).catch(() => failed.push(timeoutMs));
  });
  const endless = tools.describe({}, { signal: AbortSignal.timeout(80) });
  await Promise.all(calls);
  assertEquals(failed, [1, 20, 40]);
  await assertRejects(() => endless, DOMException);
});

Deno.test("a limit that no timer can keep is refused", async () => {
  const { tools } = connect();
  for (const timeoutMs of [-1, NaN, 2 ** 31]) {
    await assertRejects(() => tools.describe({}, { timeoutMs }), RangeError);
  }
});

Deno.test("close() fails calls in flight and later ones with its error", async () => {
  const { tools, hostSide, aborted } = connect(HANGING);
  const call = tools.describe({});
  await settle();
  const error = new Error("closed");
  hostSide.close(error);
  assertStrictEquals(await assertRejects(() => call), error);
  assertStrictEquals(await assertRejects(() => tools.describe({})), error);
  await aborted;
});

Deno.test("nothing is left in flight when calls have ended", async () => {
  const { tools, hostSide, pluginSide } = connect(NO_TOOLS);
  await tools.describe({});
  await collectText(tools.execute({}));
  await settle();
  assertEquals([hostSide.callsInFlight, pluginSide.callsInFlight], [0, 0]);
});

Deno.test("createFrameTransport() serves the clients of Connect", async () => {
  const { caller } = connect({
    describe: async () => ({ tools: [{ name: "greet" }] }),
    async *execute({ arguments: text }) {
      yield { chunk: { case: "text", value: text } };
    },
  });
  const client = createClient(Tool, createFrameTransport(caller, 1000));
  assertEquals((await client.describe({})).tools.length, 1);
  assertEquals(await collectText(client.execute({ arguments: "hi" })), "hi");
  const signal = AbortSignal.abort(new Error("no"));
  await assertRejects(() => client.describe({}, { signal }), Error, "no");
});

/** A method that answers only when it is cancelled. */
const HANGING: Partial<ToolHandlers> = {
  async describe(_request, { signal }) {
    await aborts(signal);
    return {};
  },
};

/** Joins a host and a plugin, and gives clients for both directions. */
function connect(handlers: Partial<ToolHandlers> = {}, services?: readonly ServedService[]) {
  const [hostEnd, pluginEnd] = memoryPipes();
  const aborted = Promise.withResolvers<void>();
  const tool: ToolHandlers = { ...NO_TOOLS, ...handlers };
  const observed: ToolHandlers = {
    ...tool,
    describe(request, context) {
      context.signal.addEventListener("abort", () => aborted.resolve());
      return tool.describe(request, context);
    },
  };
  const pluginSide = open("plugin", pluginEnd, services ?? [service(Tool, observed)]);
  const hostSide = open("host", hostEnd, [service(Host, HOST)]);
  const caller = new RpcCaller(hostSide, FAILURES);
  return {
    caller,
    hostSide,
    pluginSide,
    aborted: aborted.promise,
    tools: createServiceClient(Tool, caller, 0),
    host: createServiceClient(Host, new RpcCaller(pluginSide, FAILURES), 0),
  };
}

function open(
  side: "host" | "plugin",
  pipe: ReturnType<typeof memoryPipes>[number],
  services: readonly ServedService[],
): FrameConnection {
  const connection: FrameConnection = new FrameConnection({
    side,
    pipe,
    serve: serveServices(services, {
      toFailure: (error) => ({ status: STATUS.unknown, text: textOf(error) }),
      onBreach: (error) => connection.breach(error),
    }),
    onEnd: (error) => connection.close(error ?? new Error("gone")),
  });
  return connection;
}

const HOST: RpcHandlers<typeof Host> = {
  kvGet: async () => ({}),
  kvSet: async () => ({}),
  kvDelete: async () => ({}),
  kvList: async () => ({ keys: ["a", "b"] }),
  getConfig: async () => ({}),
  sendMessage: async () => ({}),
};

async function collectText(stream: AsyncIterable<ExecuteChunk>): Promise<string> {
  let text = "";
  for await (const { chunk } of stream) {
    if (chunk.case === "text") text += chunk.value;
  }
  return text;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function aborts(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

/** Lets every microtask run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
