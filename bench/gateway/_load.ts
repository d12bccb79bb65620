// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it tells what it measured

/**
 * The load generator, a process of its own: reads a {@linkcode LoadJob} as JSON from its first
 * argument and prints a {@linkcode LoadResult}. It fails at the first answer that is not right.
 */

import { FIRST_WORD } from "./_mock_backend.ts";
import { chatRequest, ClientConnection, indexOfBytes } from "./_wire.ts";

/** What is asked, and how often. */
export interface LoadJob {
  /** Where. */
  readonly port: number;
  /** Headers of every request. */
  readonly headers: Readonly<Record<string, string>>;
  /** The model that is asked for. */
  readonly model: string;
  /** Whether answers are streamed. */
  readonly stream: boolean;
  /** How many connections ask at once, each waiting for its answer. */
  readonly connections: number;
  /** Goes on for that time, after a time that does not count, in milliseconds. */
  readonly time?:
    | { readonly warmUpMs: number; readonly measureMs: number }
    | undefined;
  /** Talks in sessions, each to its end, on one connection. */
  readonly sessions?: SessionPlan | undefined;
}

/** Sessions with the agent. */
export interface SessionPlan {
  /** What their names begin with. */
  readonly prefix: string;
  /** How many turns each has. */
  readonly turns: number;
  /** How many there are; as many as fit into the time when absent. */
  readonly count?: number | undefined;
}

/** What was measured. Times are in milliseconds. */
export interface LoadResult {
  /** How many requests were answered, those of the warm-up included. */
  readonly answered: number;
  /** How many requests a second were answered. */
  readonly perSecond: number;
  /** From the request to the last byte. */
  readonly p50Ms: number;
  /** The same, for the slowest of a hundred. */
  readonly p99Ms: number;
  /** From the request to the first word. */
  readonly firstWordP50Ms: number;
  /** The same, for the slowest of a hundred. */
  readonly firstWordP99Ms: number;
}

const MARK = new TextEncoder().encode(FIRST_WORD);
const QUESTION = "What makes the northern lights glow, and why are they mostly green? ".repeat(
  4,
);
const SYSTEM = "You are a patient teacher who answers in a few clear sentences. ".repeat(4);

/** One run of a job. */
class Load {
  readonly #job: LoadJob;
  readonly #totals: number[] = [];
  readonly #firstWords: number[] = [];
  #answered = 0;
  #begunSessions = 0;
  #measuredFrom = 0;
  #endsAt = Infinity;

  constructor(job: LoadJob) {
    this.#job = job;
  }

  async run(): Promise<LoadResult> {
    const { time, connections } = this.#job;
    const start = performance.now();
    this.#measuredFrom = start + (time?.warmUpMs ?? 0);
    this.#endsAt = this.#measuredFrom + (time?.measureMs ?? Infinity);
    await Promise.all(Array.from({ length: connections }, () => this.#talk()));
    const seconds = (Math.min(performance.now(), this.#endsAt) - this.#measuredFrom) / 1000;
    this.#totals.sort((a, b) => a - b);
    this.#firstWords.sort((a, b) => a - b);
    return {
      answered: this.#answered,
      perSecond: this.#totals.length / seconds,
      p50Ms: quantile(this.#totals, 0.5),
      p99Ms: quantile(this.#totals, 0.99),
      firstWordP50Ms: quantile(this.#firstWords, 0.5),
      firstWordP99Ms: quantile(this.#firstWords, 0.99),
    };
  }

  async #talk(): Promise<void> {
    using connection = await ClientConnection.open(this.#job.port);
    for (const request of this.#requests()) {
      await this.#ask(connection, request);
      if (performance.now() >= this.#endsAt) return;
    }
  }

  *#requests(): Generator<Uint8Array> {
    const { sessions } = this.#job;
    if (sessions === undefined) {
      const messages = [{ role: "system", content: SYSTEM }, {
        role: "user",
        content: QUESTION,
      }];
      const request = this.#request(messages);
      for (;;) yield request;
    }
    while (this.#begunSessions < (sessions.count ?? Infinity)) {
      const name = `${sessions.prefix}-${this.#begunSessions++}`;
      for (let turn = 1; turn <= sessions.turns; turn++) {
        const content = `Question ${turn} of ${name}: ${QUESTION}`;
        yield this.#request([{ role: "user", content }], {
          "x-sigil-session": name,
        });
      }
    }
  }

  #request(
    messages: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Uint8Array {
    const { port, headers, model, stream } = this.#job;
    return chatRequest(port, { ...headers, ...more }, {
      model,
      stream,
      messages,
    });
  }

  async #ask(connection: ClientConnection, request: Uint8Array): Promise<void> {
    const start = performance.now();
    let firstWordAt = 0;
    const { status, bytes } = await connection.ask(request, (soFar) => {
      if (firstWordAt === 0 && indexOfBytes(soFar, MARK) !== -1) {
        firstWordAt = performance.now();
      }
    });
    const end = performance.now();
    if (status !== 200 || firstWordAt === 0) {
      throw new Error(
        `Wrong answer: ${new TextDecoder().decode(bytes.subarray(0, 2000))}`,
      );
    }
    this.#answered++;
    if (start < this.#measuredFrom || end > this.#endsAt) return;
    this.#totals.push(end - start);
    this.#firstWords.push(firstWordAt - start);
  }
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.floor(sorted.length * part)] ?? NaN;
}

if (import.meta.main) {
  const job: LoadJob = JSON.parse(Deno.args[0] ?? "");
  console.log(JSON.stringify(await new Load(job).run()));
}
