// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- its output is what the test reads

/** Stores vectors for ever and prints the seed of each once its store has resolved. */

import { openVectorStore } from "../../vector_store.ts";
import { normalVector } from "./random_vectors.ts";

const [path = ""] = Deno.args;
const store = await openVectorStore(path);
for (let first = 0;; first += 16) {
  const group = Array.from({ length: 16 }, (_, offset) => first + offset);
  await Promise.all(group.map(async (seed) => {
    await store.store(`v${seed}`, normalVector(seed)(16), { seed });
    console.log(seed);
  }));
  if (first % 512 === 0) await store.search(normalVector(first)(16), 1);
}
