// SPDX-License-Identifier: Apache-2.0

/** How deep recall is measured. */
export const DEPTHS: readonly number[] = [5, 10, 20];

/** How well a ranking does; the mean over questions when there are several. */
export interface Measures {
  /** Normalised discounted cumulative gain of the first ten, relevance being yes or no. */
  readonly ndcg10: number;
  /** Which part of what is relevant is among the first 5, 10 and 20. */
  readonly recall: readonly number[];
}

/** Measures a ranking, the best first, against the ids that are relevant. */
export function measureRanking(ids: readonly string[], relevant: ReadonlySet<string>): Measures {
  const gains = ids.slice(0, 10).map((id, index) =>
    relevant.has(id) ? 1 / Math.log2(index + 2) : 0
  );
  const ideal = Array.from({ length: Math.min(10, relevant.size) }, (_, i) => 1 / Math.log2(i + 2));
  return {
    ndcg10: sum(gains) / sum(ideal),
    recall: DEPTHS.map((depth) =>
      ids.slice(0, depth).filter((id) => relevant.has(id)).length / relevant.size
    ),
  };
}

/** Gives the mean of each measure. */
export function meanOf(all: readonly Measures[]): Measures {
  return {
    ndcg10: sum(all.map(({ ndcg10 }) => ndcg10)) / all.length,
    recall: DEPTHS.map((_, index) => sum(all.map(({ recall }) => recall[index] ?? 0)) / all.length),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
