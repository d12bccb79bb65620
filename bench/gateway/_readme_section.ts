// SPDX-License-Identifier: Apache-2.0

import { type Report, toCeiling, toLines, toTable } from "./_report.ts";

const BEGIN = "<!-- gateway: written by bench:gateway -->";
const END = "<!-- gateway: end -->";
const README = new URL("../README.md", import.meta.url);

/** Puts the results into the README of the benchmarks, in place of those that are there. */
export async function updateReadme(report: Report): Promise<void> {
  const text = await Deno.readTextFile(README);
  const [before = "", rest = ""] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? "\n";
  await Deno.writeTextFile(
    README,
    `${before.trimEnd()}\n\n${section(report)}${after}`,
  );
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const args = ["fmt", "--quiet", "--config", config, README.pathname];
  const { success } = await new Deno.Command(Deno.execPath(), { args })
    .output();
  if (!success) throw new Error("Cannot format the README of the benchmarks");
}

function section(report: Report): string {
  const { machine, effort, stored } = report;
  const { plain, stream } = toCeiling(report);
  return `${BEGIN}

## The gateway

${toTable(toLines(report))}

Both gateways ran at the same time on one backend, on ${
    machine["cores"]
  } cores that backend and load
generator used as well; only one was asked at a time. Each of ${
    effort["rounds"]
  } rounds measured every
case on one and then at once on the other, for ${effort["measureMs"]} ms each after a warm-up of
${
    effort["warmUpMs"]
  } ms; who was first took turns. A ratio is Sigil's figure divided by Portkey's, the
median of the rounds. Sigil ${machine["sigil"]} on Deno ${machine["deno"]}, \`@portkey-ai/gateway\`
${machine["portkey"]} on Node ${machine["node"]}, ${machine["processor"]}.

- The backend is OpenAI-compatible and answers at once: with 20 words, as a whole or in 20 pieces, each
  written by itself. Asked without a gateway it gave ${plain} whole answers or ${stream} streams a second,
  which is the most that this load generator could have measured.
- 16 connections stay open, and each asks again as soon as it is answered. The first word is the first
  piece of text, not the first byte. Every answer is looked at; one wrong answer ends the run.
- Sigil runs as \`deno task start\` does, with its own permissions, token and limits on, and writes
  every answer that it passes through into its sealed audit log. Portkey runs as its package does, in
  its production mode, with one repair: as it is, it answers every stream with 500, because it changes
  headers that cannot be changed ([_portkey_preload.mjs](gateway/_portkey_preload.mjs)). It waits 25 ms
  before the first piece of a stream of its own accord.
- "By hand" is what Sigil promises, written for this benchmark alone in 140 lines
  ([_by_hand.ts](gateway/_by_hand.ts)) on \`Deno.serve\`, \`fetch\` and Sigil's stores, under the same
  permissions and flags: the token, the check of the body, the end of a call whose client leaves, the
  record on disk before the answer ends, and of a turn both messages. In brackets is how many times
  Portkey's figure it is: the most that Sigil could reach here, if all that it does besides cost nothing.
- An agent turn is one of 20 in a session, from a question to a stored answer: each reads the session,
  stores both messages, in the session and in searchable memory, books its tokens and is recorded in the
  audit log. Older turns roll over into summaries and vectors meanwhile. Portkey, which stores nothing,
  is asked the same question without a session.
- After the load Sigil was killed, and what is written by hand. On disk were ${
    stored["messages"]
  } messages and ${stored["turns"]}
  recorded turns of ${stored["askedTurns"]} that it had answered, ${stored["passedThrough"]} records
  of ${stored["askedThrough"]} answers that it had passed through, and all seals
  held. The other's disk was counted in the same way.
- The time of a start is the median of ${
    effort["starts"]
  }, from the spawn of the process to the first
  answered chat; Sigil makes its databases anew each time. Memory is resident memory. Its
  growth is looked at in a gateway of its own, first against its start, when nothing has run yet, then
  against what it holds once the first 50 sessions have warmed it up.

To reproduce it, on a machine that does nothing else:

\`\`\`sh
deno task bench:gateway
\`\`\`

It takes about seven minutes, needs \`node\` and \`npm\`, and installs the peer in \`~/.cache/sigil-bench\`.
With \`--quick\` it takes half a minute and writes nothing; \`--rounds 9\` measures longer.

${END}`;
}
