// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import { type Report, toTable } from "./_report.ts";

const BEGIN = "<!-- plugin: written by bench:plugin -->";
const END = "<!-- plugin: end -->";
const README = new URL("../README.md", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url);

/** Puts the results into the README of the benchmarks, in place of those that are there. */
export async function updateReadme(report: Report): Promise<void> {
  const text = await Deno.readTextFile(README);
  const [before = "", rest = ""] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? "\n";
  await Deno.writeTextFile(
    README,
    `${before.trimEnd()}\n\n${section(report)}${after}`,
  );
  const args = [
    "fmt",
    "--quiet",
    "--config",
    fileURLToPath(CONFIG),
    fileURLToPath(README),
  ];
  const { success } = await new Deno.Command(Deno.execPath(), { args })
    .output();
  if (!success) throw new Error("Cannot format the README of the benchmarks");
}

function section(report: Report): string {
  const { machine, effort } = report;
  return `${BEGIN}

## Plugins

${toTable(report)}

In brackets is how many times the peer's figure ours is. Sigil ${machine["sigil"]} on Deno
${machine["deno"]}; \`@modelcontextprotocol/sdk\` ${
    machine["@modelcontextprotocol/sdk"]
  } over stdio;
\`@grpc/grpc-js\` ${machine["@grpc/grpc-js"]} over a Unix socket; Node ${machine["node"]};
${machine["cores"]} cores of ${machine["processor"]}. Every figure is the median of ${effort.rounds}
rounds, and every ratio the median of the ratios of each round. In a round every load is put on one
subject after the other, for ${effort.measureMs} ms each after ${effort.warmUpMs} ms that do not
count; who is first takes turns.

- Each subject is a host and a process that it started, both under the runtime that is named. One
  program, \`plugin/peers/load.mjs\`, puts the same load on all of them. Every answer is looked at.
- A bare call asks for nothing: Health, MCP's \`ping\`, gRPC's unary \`Describe\`. A tool call gives
  back its one argument: \`tools.execute()\`, \`callTool()\`, and the streaming \`Execute\` of the same
  contract in gRPC. MCP's server is the SDK's low-level one, which is faster than \`McpServer\`.
- A bare process of Node has no module at all and gives back a byte: its bare call is the least that
  two processes and their pipes cost here, whatever is said through them.
- A result of MCP comes as a whole. What is streamed there is progress with the chunk as its message.
- A start is from spawn to the first answered bare call, the median of ${effort.starts}. The layers
  \`pdeathsig\` and \`bwrap\` are programs that start before Deno does. A fresh DENO_DIR is the very first start of a plugin.
- Idle memory is the proportional share (PSS) of one of ${effort.processes} processes that one host
  holds, with those that it started itself. It is that of a process
  which has not been put under load.

To reproduce it, on a machine that does nothing else:

\`\`\`sh
deno task bench:plugin
\`\`\`

It takes about six minutes, needs \`node\` and \`npm\`, and installs the peers in
\`~/.cache/sigil-bench\`. With \`--quick\` it takes half a minute and writes nothing. With \`--soak\` it
makes 1,000,000 calls and 100,000 streams in one process of ours instead, of which every third is
broken off or aborted, and fails at a stall, a stream that is left over, or memory that grows.

${END}`;
}
