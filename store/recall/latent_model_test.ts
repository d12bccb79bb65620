// SPDX-License-Identifier: Apache-2.0

import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { LatentModel } from "./latent_model.ts";

/** Two matters that share no word, and within each, texts that hardly do. */
const TEXTS = [
  "the boiler heats water",
  "water flows through the pipe",
  "the plumber repaired a pipe",
  "a plumber knows the boiler",
  "the cello has four strings",
  "strings of a violin",
  "the violin leads the orchestra",
  "an orchestra needs a cello",
];

Deno.test("LatentModel.learn() brings words near that occur in the same texts", async () => {
  const model = await LatentModel.learn(TEXTS, { dimensions: 2 });
  assertEquals(model.dimensions, 2);
  assertEquals(model.learnedFrom, TEXTS.length);
  const near = cosine(model, "plumber", "water");
  const far = cosine(model, "plumber", "violin");
  assert(near > 0.9, `${near}`);
  assert(Math.abs(far) < 0.3, `${far}`);
});

Deno.test("LatentModel.learn() gives the same model for the same texts", async () => {
  const [one, other] = [await LatentModel.learn(TEXTS), await LatentModel.learn(TEXTS)];
  assertEquals(one.encode(), other.encode());
});

Deno.test("LatentModel.learn() learns from a sample and from the most frequent words", async () => {
  const model = await LatentModel.learn([...TEXTS, ...TEXTS], { maxTexts: 4, maxTerms: 3 });
  assertEquals(model.learnedFrom, 16);
  const known = ["boiler", "water", "pipe", "plumber", "cello", "strings", "violin", "orchestra"]
    .filter((word) => model.embed(word) !== undefined);
  assert(known.length <= 3, `${known}`);
});

Deno.test("LatentModel.learn() takes texts that teach nothing", async (t) => {
  for (const texts of [[], [""], ["the and of"], ["boiler"], ["boiler", "boiler"], ["😀", "😀"]]) {
    await t.step(JSON.stringify(texts), async () => {
      const model = await LatentModel.learn(texts);
      assertEquals(model.embed("boiler"), undefined);
    });
  }
});

Deno.test("LatentModel.learn() gives up when its signal aborts", async () => {
  const reason = new Error("enough");
  const learning = LatentModel.learn(TEXTS, { signal: AbortSignal.abort(reason) });
  assertEquals(await assertRejects(() => learning), reason);
});

Deno.test("LatentModel.embed() gives vectors of length 1, or none for unknown words", async () => {
  const model = await LatentModel.learn(TEXTS);
  fc.assert(fc.property(fc.array(fc.constantFrom(...TEXTS.join(" ").split(" "), "zzz")), (list) => {
    const embedding = model.embed(list.join(" "));
    if (embedding === undefined) return;
    assertAlmostEquals(Math.hypot(...embedding), 1, 1e-5);
  }));
  assertEquals(model.embed("zzz"), undefined);
  assertEquals(model.embed(""), undefined);
});

Deno.test("LatentModel.decode() reads what encode() wrote", async () => {
  const model = await LatentModel.learn(TEXTS);
  const read = LatentModel.decode(model.encode());
  assertEquals(read?.embed("hot boiler"), model.embed("hot boiler"));
  assertEquals(read?.learnedFrom, TEXTS.length);
});

Deno.test("LatentModel.decode() gives nothing for what is cut, damaged or of another kind", async () => {
  const bytes = (await LatentModel.learn(TEXTS)).encode();
  assertEquals(LatentModel.decode(new Uint8Array()), undefined);
  assertEquals(LatentModel.decode(new TextEncoder().encode("x".repeat(500))), undefined);
  fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ flip;
    assertEquals(LatentModel.decode(damaged), undefined);
    assertEquals(LatentModel.decode(bytes.subarray(0, at)), undefined);
  }));
});

function cosine(model: LatentModel, left: string, right: string): number {
  const a = model.embed(left);
  const b = model.embed(right);
  assert(a !== undefined && b !== undefined);
  return a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
}
