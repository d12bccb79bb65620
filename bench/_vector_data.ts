// SPDX-License-Identifier: Apache-2.0

/** How vectors are spread: `normal` is the worst there is, `clustered` is like embeddings of texts. */
export type Spread = "normal" | "clustered";

/** Vectors to store, and queries of the same kind. */
export interface VectorData {
  /** To store; the id of each is its index. */
  readonly vectors: readonly Float32Array[];
  /** To look for. */
  readonly queries: readonly Float32Array[];
  /** For each query, the indexes of the 10 nearest, compared in 64 bits. */
  readonly nearest: readonly ReadonlySet<number>[];
}

const CLUSTERS = 500;

/** Makes vectors, the same ones each time. */
export function makeVectorData(
  spread: Spread,
  size: {
    readonly count: number;
    readonly dimensions: number;
    readonly queries: number;
  },
): VectorData {
  const normal = createNormal(42);
  const make = (scale: number) =>
    Float32Array.from({ length: size.dimensions }, () => scale * normal());
  const centers = Array.from({ length: CLUSTERS }, () => make(1));
  const near = (index: number) => {
    const center = centers[index % CLUSTERS];
    const vector = make(spread === "normal" ? 1 : 0.7);
    return spread === "normal"
      ? vector
      : vector.map((value, i) => value + (center?.[i] ?? 0));
  };
  const vectors = Array.from(
    { length: size.count },
    (_, index) => near(index * 7919),
  );
  const queries = Array.from(
    { length: size.queries },
    (_, index) => near(index * 104_729),
  );
  return { vectors, queries, nearest: findNearest(vectors, queries) };
}

function findNearest(
  vectors: readonly Float32Array[],
  queries: readonly Float32Array[],
) {
  const lengths = vectors.map((vector) => Math.sqrt(dot(vector, vector)));
  return queries.map((query) => {
    const scores = vectors.map((vector, index) =>
      dot(query, vector) / (lengths[index] ?? 1)
    );
    const order = scores.map((_score, index) => index);
    order.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
    return new Set(order.slice(0, 10));
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

/** Normally distributed numbers, two from each pair of uniform ones of a xorshift generator. */
function createNormal(seed: number): () => number {
  let state = seed;
  let spare: number | undefined;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 1) / (2 ** 32 + 1);
  };
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const length = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = length * Math.sin(angle);
    return length * Math.cos(angle);
  };
}
