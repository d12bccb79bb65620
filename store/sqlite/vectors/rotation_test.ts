// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createRotation } from "./rotation.ts";

Deno.test("createRotation() gives signs and permutations, the same ones each time", () => {
  for (const dimensions of [1, 2, 7, 768]) {
    const { rounds, signs, places } = createRotation(dimensions);
    assert(signs.every((sign) => sign === 1 || sign === -1));
    for (let round = 0; round < rounds; round++) {
      const part = places.slice(round * dimensions, (round + 1) * dimensions);
      assertEquals([...part.sort()], Array.from({ length: dimensions }, (_, index) => index));
    }
    assertEquals(createRotation(dimensions).signs, signs);
    assertEquals(createRotation(dimensions).places, createRotation(dimensions).places);
  }
});

Deno.test("createRotation() flips about half of the signs, and others for another length", () => {
  const { signs } = createRotation(768);
  const flipped = signs.filter((sign) => sign < 0).length;
  assert(flipped > 0.4 * signs.length && flipped < 0.6 * signs.length);
  assertNotEquals([...createRotation(769).signs.slice(0, 64)], [...signs.slice(0, 64)]);
});
