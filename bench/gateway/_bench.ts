// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints its progress

import { join } from "node:path";
import {
  CASES,
  type Effort,
  holdSessions,
  measureRound,
  type Round,
  type Sample,
  TURNS,
} from "./_measure.ts";
import {
  dataDirectory,
  type GatewayProcess,
  startByHand,
  startPortkey,
  startSigil,
} from "./_processes.ts";
import { memoryOf } from "./_process_usage.ts";
import type { MemoryReport, Report } from "./_report.ts";
import { countStored } from "./_stored_turns.ts";

/** What a benchmark works with. */
export interface BenchParts {
  /** How much is measured. */
  readonly effort: Effort;
  /** Where gateways keep their data. */
  readonly folder: string;
  /** The backend that all of them ask. */
  readonly backendPort: number;
  /** Where the peer is installed. */
  readonly packageFolder: string;
}

/** Runs the parts of the benchmark, each on gateways of its own. */
export class Bench {
  readonly #parts: BenchParts;
  #started = 0;

  /** Makes one that has measured nothing yet. */
  constructor(parts: BenchParts) {
    this.#parts = parts;
  }

  /** Starts each gateway some times, one after the other. */
  async measureStarts(): Promise<Report["startMs"]> {
    const startMs = { sigil: new Array<number>(), peer: new Array<number>() };
    for (let number = 1; number <= this.#parts.effort.starts; number++) {
      await using sigil = (await this.#startSigil()).process;
      await sigil.kill();
      await using peer = await this.#startPeer();
      startMs.sigil.push(sigil.startMs);
      startMs.peer.push(peer.startMs);
      const [ours, theirs] = [sigil.startMs, peer.startMs].map(Math.round);
      console.log(`start ${number}: Sigil ${ours} ms, Portkey ${theirs} ms`);
    }
    return startMs;
  }

  /** Asks both gateways by turns, then kills Sigil and looks at what it has stored. */
  async measureLoad(): Promise<
    Pick<Report, "rounds" | "stored"> & {
      memory: Omit<MemoryReport, "sessions">;
    }
  > {
    const { process, folder } = await this.#startSigil();
    await using sigil = process;
    const handFolder = await this.#makeFolder();
    await using byHand = await startByHand(this.#parts.backendPort, handFolder);
    await using peer = await this.#startPeer();
    const idle = await memoryOfBoth(sigil, peer);
    const rounds: Round[] = [];
    for (let number = 1; number <= this.#parts.effort.rounds; number++) {
      for (const asked of CASES) {
        const subjects = { sigil, byHand, peer, backendPort: this.#parts.backendPort };
        const round = await measureRound(
          subjects,
          asked,
          number,
          this.#parts.effort,
        );
        tellRound(number, round);
        rounds.push(round);
      }
    }
    const afterLoad = await memoryOfBoth(sigil, peer);
    await Promise.all([sigil.kill(), byHand.kill()]);
    await checkStored(handFolder, rounds.map(({ byHand }) => byHand), rounds);
    const stored = await checkStored(folder, rounds.map(({ sigil }) => sigil), rounds);
    return { rounds, stored, memory: { idle, afterLoad } };
  }

  /** Holds many sessions with a gateway. */
  async measureGrowth(): Promise<MemoryReport["sessions"]> {
    const { process, folder } = await this.#startSigil();
    await using sigil = process;
    const read = async () => (await memoryOf(sigil.pid)).rssMb;
    const idle = await read();
    const [first, count] = [50, this.#parts.effort.sessions];
    await holdSessions(sigil, { prefix: "first", turns: TURNS, count: first });
    const warm = await read();
    const { perSecond } = await holdSessions(sigil, {
      prefix: "then",
      turns: TURNS,
      count,
    });
    const after = await read();
    const megabytes = [idle, warm, after].map(Math.round).join(", ");
    console.log(
      `${count} sessions: ${Math.round(perSecond)} turns a second, ${megabytes} MB`,
    );
    await sigil.kill();
    checkCount(
      "turns",
      (await countStored(dataDirectory(folder))).turns,
      (first + count) * TURNS,
    );
    return { idle, warm, after };
  }

  async #startSigil(): Promise<
    { readonly process: GatewayProcess; readonly folder: string }
  > {
    const folder = await this.#makeFolder();
    return {
      process: await startSigil(this.#parts.backendPort, folder),
      folder,
    };
  }

  async #makeFolder(): Promise<string> {
    const folder = join(this.#parts.folder, String(++this.#started));
    await Deno.mkdir(folder);
    return folder;
  }

  #startPeer(): Promise<GatewayProcess> {
    return startPortkey(this.#parts.backendPort, this.#parts.packageFolder);
  }
}

async function memoryOfBoth(sigil: GatewayProcess, peer: GatewayProcess) {
  const [ours, theirs] = [await memoryOf(sigil.pid), await memoryOf(peer.pid)];
  return { sigil: ours.rssMb, peer: theirs.rssMb };
}

/** Finds everything on disk that was answered: the first chat of the start was passed through as well. */
async function checkStored(
  folder: string,
  samples: readonly Sample[],
  rounds: readonly Round[],
): Promise<Readonly<Record<string, number>>> {
  const answered = (isTurn: boolean) =>
    samples.filter((_, index) => (rounds[index]?.case === "agent") === isTurn)
      .reduce((sum, sample) => sum + sample.answered, 0);
  const [askedTurns, askedThrough] = [answered(true), answered(false) + 1];
  const stored = await countStored(dataDirectory(folder));
  checkCount("messages", stored.messages, 2 * askedTurns);
  checkCount("turns", stored.turns, askedTurns);
  checkCount("answers passed through", stored.passedThrough, askedThrough);
  return { ...stored, askedTurns, askedThrough };
}

function checkCount(what: string, found: number, wanted: number): void {
  if (found !== wanted) {
    throw new Error(`${found} ${what} are stored, not ${wanted}`);
  }
}

function tellRound(
  number: number,
  { case: name, sigil, byHand, peer, backend }: Round,
): void {
  const [ours, hand, theirs, most] = [sigil, byHand, peer, backend]
    .map((it) => Math.round(it.perSecond));
  const ratio = (sigil.perSecond / peer.perSecond).toFixed(2);
  console.log(
    `round ${number}, ${name}: Sigil ${ours}/s, by hand ${hand}/s, Portkey ${theirs}/s ` +
      `(${ratio}x), backend ${most}/s`,
  );
}
