// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- it prints tables

/**
 * What recall finds, with each of its parts on and off: `deno task bench:recall --data <folder>`.
 *
 * The folder holds a collection: `documents.jsonl` (id, text), `queries.jsonl` (id, text) and
 * `qrels.tsv` (query, document, grade; 1 and above are relevant). Without it only the made-up chats are
 * measured. Everything runs through the SQLite stores in a temporary folder.
 *
 * Weights are chosen on the queries with odd numbers and on the chats 1 to 10; the other halves only
 * report.
 */

import { parseArgs } from "node:util";
import { openWorkspaceStores, type WorkspaceStores } from "@sigil/store";
import { openRecall, type Recall, type RecallOptions, type RecallParts } from "@sigil/store/recall";
import { DEPTHS, meanOf, measureRanking, type Measures } from "./_ranking_measures.ts";
import { makeChat } from "./recall_chats.ts";

/** A question whose answers are known. */
interface Case {
  readonly workspaceId: string;
  /** The groups of questions that it is counted among. */
  readonly groups: readonly string[];
  readonly text: string;
  readonly relevant: ReadonlySet<string>;
  readonly now: Date | undefined;
}

/** A way to answer, by name. */
type Variant = readonly [name: string, find: (question: Case) => Promise<readonly string[]>];

const DEEPEST = Math.max(...DEPTHS);
const CHATS = 20;
const TUNING = "1 tuning half";
const HELD_OUT = "2 held out";
const PARTS = [
  "words",
  "feedback",
  "meaning",
  "neighbours",
  "dates",
  "speakers",
  "repeats",
] as const;
const NONE: RecallParts = Object.fromEntries(PARTS.map((part) => [part, false]));

const { values: options } = parseArgs({ options: { data: { type: "string" } } });
const folder = await Deno.makeTempDir({ prefix: "sigil-bench-" });
await using opened = new AsyncDisposableStack();
opened.defer(() => Deno.remove(folder, { recursive: true }));
const stores = opened.use(await openWorkspaceStores({ backend: "sqlite" }, folder));
const recall = opened.use(
  await openRecall(stores, { directory: `${folder}/recall` }),
);

const report: Record<string, unknown> = {};
if (options.data !== undefined) {
  const cases = await loadCollection(options.data, stores);
  const start = performance.now();
  const { documents } = await recall.prepare("collection");
  report.collection = {
    documents,
    prepareMs: Math.round(performance.now() - start),
    results: await compare("Collection", cases),
  };
}
report.chats = { results: await compare("Chats, made up", await loadChats(stores, recall)) };
const results = new URL("results/", import.meta.url);
await Deno.mkdir(results, { recursive: true });
await Deno.writeTextFile(new URL("recall.json", results), `${JSON.stringify(report, null, 2)}\n`);

/** Puts every question to every variant, and prints what each half of the questions gives. */
async function compare(title: string, cases: readonly Case[]): Promise<readonly unknown[]> {
  const rows = [];
  for (const [name, find] of variants()) {
    const measures = new Map<string, Measures[]>();
    const start = performance.now();
    for (const each of cases) {
      const found = measureRanking(await find(each), each.relevant);
      for (const group of each.groups) {
        measures.set(group, [...measures.get(group) ?? [], found]);
      }
    }
    const msEach = (performance.now() - start) / cases.length;
    const groups = [...measures].sort(([a], [b]) => a < b ? -1 : 1)
      .map(([group, all]) => ({ group, questions: all.length, ...meanOf(all) }));
    rows.push({ name, msEach, groups });
  }
  console.log(`\n${title}: ${cases.length} questions`);
  console.table(
    rows.flatMap(({ name, msEach, groups }) =>
      groups.map(({ group, ndcg10, recall }) => ({
        variant: name,
        group,
        "nDCG@10": round(ndcg10),
        ...Object.fromEntries(DEPTHS.map((depth, i) => [`recall@${depth}`, round(recall[i] ?? 0)])),
        "ms each": round(msEach),
      }))
    ),
  );
  return rows;
}

/** The store's own search, each part alone, all parts, and all but one. */
function variants(): readonly Variant[] {
  return [
    ["store search (FTS5)", searchStore],
    ...(["words", "feedback", "meaning"] as const).map((part): Variant => [
      `${part} alone`,
      (question) => ask(question, { parts: { ...NONE, [part]: true } }),
    ]),
    ["all parts", (question) => ask(question, {})],
    ...PARTS.map((part): Variant => [
      `all but ${part}`,
      (question) => ask(question, { parts: { [part]: false } }),
    ]),
  ];
}

async function searchStore({ workspaceId, text }: Case): Promise<readonly string[]> {
  const hits = await stores.memory.messages.search(workspaceId, text, { limit: DEEPEST });
  return hits.map(({ id }) => id);
}

async function ask(
  { workspaceId, text, now }: Case,
  settings: RecallOptions,
): Promise<readonly string[]> {
  const { hits } = await recall.recall(workspaceId, text, { limit: DEEPEST, now, ...settings });
  return hits.map(({ id }) => id);
}

/** Each document becomes a message in a session of its own: abstracts are no conversation. */
async function loadCollection(
  directory: string,
  { memory }: WorkspaceStores,
): Promise<readonly Case[]> {
  const documents = await readJsonLines(`${directory}/documents.jsonl`);
  const queries = await readJsonLines(`${directory}/queries.jsonl`);
  await Promise.all(
    documents.map(({ id, text }, index) =>
      memory.messages.append("collection", {
        id,
        sessionId: id,
        role: "user",
        content: text,
        createdAt: new Date(index),
      })
    ),
  );
  const relevant = await readJudgements(`${directory}/qrels.tsv`);
  return queries.flatMap(({ id, text }) => {
    const ids = relevant.get(id);
    if (ids === undefined) return [];
    const groups = [Number(id) % 2 === 1 ? TUNING : HELD_OUT];
    return [{ workspaceId: "collection", groups, text, relevant: ids, now: undefined }];
  });
}

/** Each chat has a workspace of its own. */
async function loadChats({ memory }: WorkspaceStores, recall: Recall): Promise<readonly Case[]> {
  const cases: Case[] = [];
  for (let seed = 1; seed <= CHATS; seed++) {
    const chat = makeChat(seed);
    const workspaceId = `chat-${seed}`;
    await Promise.all(chat.messages.map((each) => memory.messages.append(workspaceId, each)));
    await recall.prepare(workspaceId);
    for (const { kind, text, answers } of chat.questions) {
      const half = seed <= CHATS / 2 ? TUNING : HELD_OUT;
      const groups = [half, `${half}, ${kind}`];
      cases.push({ workspaceId, groups, text, relevant: answers, now: chat.now });
    }
  }
  return cases;
}

async function readJsonLines(path: string): Promise<readonly { id: string; text: string }[]> {
  const lines = (await Deno.readTextFile(path)).trim().split("\n");
  return lines.map((line) => JSON.parse(line)).map(({ id, text }) => ({ id: String(id), text }));
}

async function readJudgements(path: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const relevant = new Map<string, Set<string>>();
  for (const line of (await Deno.readTextFile(path)).trim().split("\n").slice(1)) {
    const [query = "", document = "", grade] = line.trim().split("\t");
    if (Number(grade) < 1) continue;
    relevant.set(query, (relevant.get(query) ?? new Set()).add(document));
  }
  return relevant;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
