// SPDX-License-Identifier: Apache-2.0

import { cannot } from "../_cannot.ts";
import { completeFact } from "../_complete.ts";
import { checkKey } from "../_validate.ts";
import type { Fact, FactInput, KnowledgeStore } from "../knowledge_store.ts";
import type { CallOptions } from "../options.ts";

/** Options of {@linkcode learnFact}. */
export interface LearnFactOptions extends CallOptions {
  /**
   * Predicates that have one value at a time, such as `lives_in`; true for every predicate. Of others,
   * such as `likes`, several facts hold side by side.
   *
   * @default {[]}
   */
  readonly singleValued?: readonly string[] | true | undefined;
}

/** What became of a fact. */
export interface LearnedFact {
  /** The fact as it is kept: the given one, or the one that said the same already. */
  readonly fact: Fact;
  /** Whether it says what was known already, and nothing was kept. */
  readonly wasKnown: boolean;
  /** The facts that it ended, as they are kept now. */
  readonly closed: readonly Fact[];
}

const MOST_FACTS = 10_000;

/**
 * Adds a fact to what is known, and lets it end those that it contradicts.
 *
 * No fact is deleted or loses who said it and when: a fact of a single-valued predicate ends the one
 * that held before it, whose `invalidAt` becomes the `validAt` of the new one (or when it was learned).
 * A fact about the past, learned late, ends where the next one begins. A fact that says what holds
 * already is not kept again. The new fact is kept before the old one is ended: if the process dies in
 * between, both hold until the next fact is learned.
 *
 * Text that nobody vouches for is no fact: `untrusted` ones are refused. Who has it confirmed by the
 * user hands it in as the user's.
 *
 * @throws {StoreError} With code `invalid_input` when the fact is malformed or `untrusted`, and with
 *   the codes of the store.
 *
 * @example Usage
 * ```ts
 * import { openKnowledgeStore } from "@sigil/store/inmem";
 * import { learnFact } from "@sigil/store/recall";
 *
 * await using knowledge = await openKnowledgeStore();
 * const singleValued = ["lives_in"];
 * const about = { entityId: "ada", predicate: "lives_in" };
 * await learnFact(knowledge, "home", { id: "f1", ...about, value: "Lisbon" }, { singleValued });
 * const { closed } = await learnFact(knowledge, "home", { id: "f2", ...about, value: "Porto" }, {
 *   singleValued,
 * });
 * console.assert(closed[0]?.value === "Lisbon");
 * ```
 */
export async function learnFact(
  knowledge: KnowledgeStore,
  workspaceId: string,
  input: FactInput,
  options: LearnFactOptions = {},
): Promise<LearnedFact> {
  const { signal } = options;
  const fact = checkFact(workspaceId, input);
  const { id, entityId, predicate } = fact;
  const query = { entityId, predicate, limit: MOST_FACTS };
  const known = await knowledge.findFacts(workspaceId, query, { signal });
  const others = known.filter((other) => other.id !== id);
  const same = others.find((other) => isSaidBy(other, fact));
  if (same !== undefined) return { fact: same, wasKnown: true, closed: [] };
  const rivals = isSingleValued(predicate, options.singleValued) ? others : [];
  const kept = { ...fact, invalidAt: earliest(fact.invalidAt, nextBeginning(fact, rivals)) };
  await knowledge.putFact(workspaceId, kept, { signal });
  const closed = rivals.filter((rival) => isEndedBy(rival, kept))
    .map((rival) => ({ ...rival, invalidAt: beginningOf(kept) }));
  for (const ended of closed) await knowledge.putFact(workspaceId, ended, { signal });
  return { fact: kept, wasKnown: false, closed };
}

function checkFact(workspaceId: string, input: FactInput): Fact {
  const task = { action: "learn fact", subject: input.id };
  checkKey(task, "workspaceId", workspaceId);
  const fact = completeFact(task, workspaceId, input);
  if (fact.provenance !== "untrusted") return fact;
  const reason = "its provenance is untrusted, and such text does not become a fact by itself";
  throw cannot(task, "invalid_input", reason);
}

/** Whether a known fact, which still holds, says the same of the same time or longer. */
function isSaidBy(known: Fact, fact: Fact): boolean {
  return known.value === fact.value && known.invalidAt === null &&
    fact.invalidAt === null &&
    beginningOf(known) <= beginningOf(fact);
}

function isSingleValued(predicate: string, singleValued: readonly string[] | true = []): boolean {
  return singleValued === true || singleValued.includes(predicate);
}

/** When a fact begins to hold, as far as is known. */
function beginningOf({ validAt, createdAt }: Fact): Date {
  return validAt ?? createdAt;
}

function nextBeginning(fact: Fact, others: readonly Fact[]): Date | null {
  return others.map(beginningOf)
    .filter((beginning) => beginning > beginningOf(fact))
    .reduce<Date | null>(earliest, null);
}

function isEndedBy(other: Fact, fact: Fact): boolean {
  const beginning = beginningOf(fact);
  return beginningOf(other) <= beginning &&
    (other.invalidAt === null || other.invalidAt > beginning);
}

function earliest(a: Date | null, b: Date | null): Date | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
