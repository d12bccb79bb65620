// SPDX-License-Identifier: Apache-2.0

/** The types of plugins that have code of their own. */
export type ScaffoldType = "tool" | "channel" | "provider";

/** The files of a new plugin, by path. */
export type ScaffoldFiles = Readonly<Record<string, string>>;

/** Writes the files of a new plugin. */
export function scaffoldFiles(name: string, type: ScaffoldType, sdk: string): ScaffoldFiles {
  return {
    "plugin.yaml": manifest(name, type),
    "plugin.ts": MODULES[type],
    "plugin_test.ts": TESTS[type],
    "deno.json": `${JSON.stringify({ imports: { "@sigil/plugin/": sdk } }, null, 2)}\n`,
  };
}

function manifest(name: string, type: ScaffoldType): string {
  return `# What the plugin is, and all that it asks for. What is not named here is refused.
name: ${name}
version: 0.1.0
type: ${type}
engine: ">=0.1.0"
${MANIFESTS[type].replaceAll("NAME", name)}lifecycle:
  hot_reload: true
`;
}

const MANIFESTS: Readonly<Record<ScaffoldType, string>> = {
  tool: `capabilities:
  - pattern: tool.NAME.*
    description: Lets agents use its tools
execution:
  tier: process
`,
  channel: `execution:
  tier: process
  sandbox:
    network:
      allow: ["\${config.listen}"]
config_schema:
  type: object
  properties:
    listen:
      description: Where messages are posted to, and answers are fetched from
      type: string
      default: 127.0.0.1:8722
`,
  provider: `execution:
  tier: process
`,
};

const MODULES: Readonly<Record<ScaffoldType, string>> = {
  tool: `import type { ToolPlugin } from "@sigil/plugin/sdk";

export default {
  type: "tool",
  tools: {
    greet: {
      description: "Greets somebody by name",
      input: {
        type: "object",
        properties: { name: { type: "string", description: "Who is greeted" } },
        required: ["name"],
      },
      execute: (input: { name: string }) => \`Hello, \${input.name}!\`,
    },
  },
} satisfies ToolPlugin;
`,
  channel: `import type { ChannelInboundMessage, ChannelPlugin } from "@sigil/plugin/sdk";

let address = new URL("http://127.0.0.1:8722");
let answers: string[] = [];

/** POST a text to say something; GET the answers that came since the last time. */
export default {
  type: "channel",

  init(config) {
    address = new URL(\`http://\${config.listen}\`);
  },

  async *start({ signal }) {
    const { readable, writable } = new TransformStream<ChannelInboundMessage>();
    const writer = writable.getWriter();
    const { hostname, port } = address;
    const server = Deno.serve({
      hostname,
      port: Number(port),
      onListen() {},
      async handler(request) {
        if (request.method === "GET") return Response.json(answers.splice(0));
        await writer.write({
          messageId: crypto.randomUUID(),
          channelId: "webhook",
          sender: { platform: "webhook", platformUserId: "somebody" },
          content: await request.text(),
        });
        return new Response(null, { status: 202 });
      },
    });
    const end = () => writer.close().catch(() => {});
    signal.addEventListener("abort", end, { once: true });
    try {
      yield* readable;
    } finally {
      await server.shutdown();
    }
  },

  async send({ content }) {
    answers = [...answers, content];
    return crypto.randomUUID();
  },
} satisfies ChannelPlugin;
`,
  provider: `import type { ProviderPlugin } from "@sigil/plugin/sdk";

export default {
  type: "provider",
  name: "parrot",

  listModels: async () => [
    { id: "parrot", name: "Parrot", capabilities: { supportsStreaming: true } },
  ],

  async *chat({ messages }, { signal }) {
    const asked = messages.findLast(({ role }) => role === "user");
    const heard = asked?.content ?? "";
    for (const word of heard.split(/(?<=\\s)/)) {
      signal.throwIfAborted();
      yield { type: "text_delta", text: word };
    }
    const usage = { inputTokens: heard.length, outputTokens: heard.length };
    yield { type: "usage", usage };
    yield { type: "done" };
  },
} satisfies ProviderPlugin;
`,
};

const TESTS: Readonly<Record<ScaffoldType, string>> = {
  tool: `import { testPlugin } from "@sigil/plugin/testing";
import { equal } from "node:assert/strict";
import plugin from "./plugin.ts";

Deno.test("greet greets somebody by name", async () => {
  await using tested = await testPlugin(plugin);
  equal(await tested.execute("greet", { name: "Ada" }), "Hello, Ada!");
});
`,
  channel: `import { testPlugin } from "@sigil/plugin/testing";
import { deepEqual, equal } from "node:assert/strict";
import plugin from "./plugin.ts";

const LISTEN = "127.0.0.1:18722";

Deno.test("what is posted comes in, and what is sent can be fetched", async () => {
  await using tested = await testPlugin(plugin, { config: { listen: LISTEN } });
  const messages = tested.channel.start()[Symbol.asyncIterator]();
  const next = messages.next();
  equal(await post("hello"), 202);
  equal((await next).value?.content, "hello");
  await tested.channel.send({
    channelId: "webhook",
    content: "hello yourself",
    threadId: "",
    media: [],
    typingIndicator: false,
    replyToMessageId: "",
  });
  const fetched = await fetch(\`http://\${LISTEN}\`);
  deepEqual(await fetched.json(), ["hello yourself"]);
  await messages.return?.();
});

/** Posts as soon as the plugin listens; gives the status of the answer. */
async function post(body: string): Promise<number> {
  for (;;) {
    try {
      const answer = await fetch(\`http://\${LISTEN}\`, { method: "POST", body });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
`,
  provider: `import { testPlugin } from "@sigil/plugin/testing";
import { equal } from "node:assert/strict";
import plugin from "./plugin.ts";

Deno.test("the parrot says what it heard", async () => {
  await using tested = await testPlugin(plugin);
  const events = tested.provider.chat({
    model: "parrot",
    messages: [{
      role: "user",
      content: "Polly wants",
      toolCallId: "",
      toolName: "",
      metadata: {},
    }],
    tools: [],
    systemPrompt: "",
    temperature: undefined,
    maxTokens: undefined,
    stopSequences: [],
    stream: true,
  });
  let said = "";
  for await (const event of events) {
    if (event.type === "text_delta") said += event.text;
  }
  equal(said, "Polly wants");
});
`,
};
