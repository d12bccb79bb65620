// SPDX-License-Identifier: Apache-2.0

import { TextLineStream } from "./_text_line_stream.ts";

/** What a driver is told to do, as `peers/load.mjs` knows it. */
export type Job =
  | { readonly type: "start"; readonly variant: string }
  | { readonly type: "hold"; readonly variant: string; readonly count: number }
  | { readonly type: "release" }
  | {
    readonly type: "latency";
    readonly call: "bare" | "tool";
    readonly milliseconds: number;
  }
  | {
    readonly type: "rate";
    readonly call: "bare" | "tool";
    readonly inFlight: number;
    readonly milliseconds: number;
  }
  | {
    readonly type: "stream";
    readonly chunks: number;
    readonly bytes: number;
    readonly milliseconds: number;
  };

/** How a driver is started. */
export interface DriverCommand {
  /** What it drives. */
  readonly name: string;
  /** The program. */
  readonly path: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** The folder that it starts in. */
  readonly folder: string;
}

/** A process that holds one subject and puts load on it when told to. */
export class Driver implements AsyncDisposable {
  /** What it drives. */
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamDefaultReader<string>;

  /** Starts it. */
  constructor({ name, path, args, folder }: DriverCommand) {
    this.name = name;
    this.#child = new Deno.Command(path, {
      args: [...args],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  /** Lets it do a job; gives the number of each thing that it measured. */
  async run(job: Job): Promise<Readonly<Record<string, number>>> {
    return await this.#ask(job);
  }

  /** Lets it hold so many subjects, of which the first is put under load; gives their processes. */
  async hold(variant: string, count: number): Promise<readonly number[]> {
    return (await this.#ask({ type: "hold", variant, count })).pids;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#output.cancel();
    await this.#child.status;
  }

  async #ask(job: Job) {
    await this.#input.write(
      new TextEncoder().encode(`${JSON.stringify(job)}\n`),
    );
    const { value } = await this.#output.read();
    if (value === undefined) {
      throw new Error(`Cannot go on with ${this.name}: its driver ended`);
    }
    return JSON.parse(value);
  }
}
