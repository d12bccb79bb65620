// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import fc from "fast-check";
import type { MessageInput } from "../message.ts";
import type { MessageStore, SearchOptions } from "../message_store.ts";
import {
  type Case,
  type ConformanceOptions,
  HARD_TEXTS,
  hour,
  HUGE_ID,
  ids,
  registerSuite,
  rejectsWith,
  type ReopenCase,
  UNSTORABLE_TEXTS,
} from "./_suite.ts";

/** Tests that a backend keeps the promises of {@linkcode MessageStore}; see `testSessionStore` for an example. */
export function testMessageStore(backend: string, options: ConformanceOptions<MessageStore>): void {
  registerSuite(`${backend} message store`, options, CASES, REOPEN_CASES);
}

function message(id: string, content = id, createdAt = hour(1)): MessageInput {
  return { id, sessionId: "s1", role: "user", content, createdAt };
}

async function appendAll(store: MessageStore, contents: readonly string[]): Promise<void> {
  for (const [index, content] of contents.entries()) {
    await store.append("w1", message(`m${index}`, content, hour(index)));
  }
}

async function found(
  store: MessageStore,
  query: string,
  options?: SearchOptions,
): Promise<string[]> {
  return ids(await store.search("w1", query, options));
}

const CASES: readonly Case<MessageStore>[] = [
  {
    name: "finds a message by a word, and nothing by a word that nobody said",
    async run(store) {
      await appendAll(store, [
        "The Kubernetes cluster is running smoothly",
        "We need to update the Terraform configuration",
        "The weather is nice today",
      ]);
      assert.deepEqual(await found(store, "Kubernetes", { limit: 10 }), ["m0"]);
      assert.deepEqual(await found(store, "Python", { limit: 10 }), []);
    },
  },
  {
    name: "counts the messages of a workspace",
    async run(store) {
      assert.equal(await store.count("w1"), 0);
      await appendAll(store, ["a", "b", "c"]);
      await store.append("w2", message("m0"));
      assert.equal(await store.count("w1"), 3);
      assert.equal(await store.count("w2"), 1);
    },
  },
  {
    name: "trims to the newest and tells how many went",
    async run(store) {
      await appendAll(store, Array.from({ length: 10 }, (_, index) => `Message ${index}`));
      await store.append("w2", message("other"));
      assert.equal(await store.trim("w1", 3), 7);
      assert.equal(await store.count("w1"), 3);
      assert.deepEqual(ids(await store.getOldest("w1", 10)), ["m7", "m8", "m9"]);
      assert.deepEqual(await found(store, "message 2"), ["m9", "m8", "m7"]);
      assert.equal(await store.trim("w1", 3), 0);
      assert.equal(await store.trim("w1", 0), 3);
      assert.equal(await store.trim("nowhere", 0), 0);
      assert.equal(await store.count("w2"), 1);
    },
  },
  {
    name: "gives a half-open range, oldest first",
    async run(store) {
      await appendAll(store, ["0", "1", "2", "3", "4"]);
      assert.deepEqual(ids(await store.getRange("w1", { from: hour(0), to: hour(3) })), [
        "m0",
        "m1",
        "m2",
      ]);
      assert.deepEqual(ids(await store.getRange("w1", { from: hour(3), to: hour(3) })), []);
      assert.deepEqual(
        ids(await store.getRange("w1", { from: hour(1), to: hour(9) }, { limit: 2, offset: 1 })),
        ["m2", "m3"],
      );
      assert.deepEqual(ids(await store.getRange("nowhere", { from: hour(0), to: hour(9) })), []);
    },
  },
  {
    name: "gives more than any page in a range without a limit",
    async run(store) {
      await Promise.all(
        Array.from({ length: 250 }, (_, index) => store.append("w1", message(`m${index}`))),
      );
      assert.equal((await store.getRange("w1", { from: hour(0), to: hour(2) })).length, 250);
    },
  },
  {
    name: "gives the oldest, ties in the order of appending",
    async run(store) {
      for (const [id, hours] of [["z", 5], ["y", 5], ["old", 1]] as const) {
        await store.append("w1", message(id, id, hour(hours)));
      }
      assert.deepEqual(ids(await store.getOldest("w1", 2)), ["old", "z"]);
      assert.deepEqual(ids(await store.getOldest("w1", 0)), []);
    },
  },
  {
    name: "deletes exactly the ids named, which are then not found",
    async run(store) {
      await appendAll(store, ["red apple", "green apple", "blue apple"]);
      await store.append("w2", message("m1", "other apple"));
      assert.equal(await store.deleteByIds("w1", ["m1", "m1", "nobody"]), 1);
      assert.deepEqual(await found(store, "apple"), ["m2", "m0"]);
      assert.deepEqual(await found(store, "green"), []);
      assert.equal(await store.count("w2"), 1);
      await store.append("w1", message("m1", "green pear"));
      assert.deepEqual(await found(store, "green"), ["m1"]);
    },
  },
  {
    name: "gives back every field",
    async run(store) {
      const full = {
        ...message("m1", "42"),
        role: "tool",
        toolCallId: "c",
        toolName: "t",
        metadata: { a: "b" },
      } as const;
      await store.append("w1", full);
      assert.deepEqual(await store.getOldest("w1", 1), [full]);
      const [{ score, ...rest } = { score: NaN }] = await store.search("w1", "42");
      assert.deepEqual(rest, full);
      assert.ok(score > 0);
    },
  },
  {
    name: "gives back hard texts as they were",
    async run(store) {
      await appendAll(store, HARD_TEXTS);
      assert.deepEqual((await store.getOldest("w1", 99)).map(({ content }) => content), HARD_TEXTS);
    },
  },
  {
    name: "finds a word in a text of 10 MB",
    async run(store) {
      const text = `${"filler text and more ".repeat(500_000)}needle`;
      await store.append("w1", message("m1", text));
      assert.ok((await store.search("w1", "needle"))[0]?.content === text);
    },
  },
  {
    name: "ranks what matches more words first",
    async run(store) {
      await appendAll(store, [
        "a note about gardens",
        "roses in the garden need pruning in spring",
        "spring is here",
        "the rose",
        "nothing of the kind",
        "more of nothing",
        "and again nothing",
      ]);
      assert.equal((await found(store, "when should I prune the roses in my garden?"))[0], "m1");
    },
  },
  {
    name: "ranks by what the workspace itself holds",
    async run(store) {
      await appendAll(store, ["rare and common", "common words", "other words", "more"]);
      const before = await store.search("w1", "rare common");
      assert.deepEqual(ids(before), ["m0", "m1"]);
      for (let index = 0; index < 50; index++) {
        await store.append("w2", message(`m${index}`, "rare"));
      }
      assert.deepEqual(await store.search("w1", "rare common"), before);
    },
  },
  {
    name: "compares words by stem, without case and accents",
    async run(store) {
      await appendAll(store, [
        "Connections were LOST",
        "Café crème",
        "unrelated",
        "other",
        "another",
        "last",
      ]);
      assert.deepEqual(await found(store, "connected"), ["m0"]);
      assert.deepEqual(await found(store, "lost"), ["m0"]);
      assert.deepEqual(await found(store, "cafe"), ["m1"]);
      assert.deepEqual(await found(store, "CRÈME"), ["m1"]);
    },
  },
  {
    name: "finds phrases, and leaves out what is excluded",
    async run(store) {
      await appendAll(store, ["red wine and white bread", "white wine", "wine from white grapes"]);
      assert.deepEqual(await found(store, '"white wine"'), ["m1"]);
      assert.deepEqual((await found(store, "wine -red")).sort(), ["m1", "m2"]);
      assert.deepEqual(await found(store, 'wine -"white wine" -red'), ["m2"]);
      assert.deepEqual(await found(store, "-red"), []);
    },
  },
  {
    name: "takes the parts of a compound for words, unless it stands in quotes or is excluded",
    async run(store) {
      await appendAll(store, ["a high-speed train", "trains of high speed", "speed is high", "no"]);
      assert.deepEqual((await found(store, "high-speed")).sort(), ["m0", "m1", "m2"]);
      assert.deepEqual((await found(store, "train/speed")).sort(), ["m0", "m1", "m2"]);
      assert.deepEqual((await found(store, '"high-speed"')).sort(), ["m0", "m1"]);
      assert.deepEqual(await found(store, "speed -high-speed"), ["m2"]);
    },
  },
  {
    name: "finds words in scripts without spaces, and pictures",
    async run(store) {
      await appendAll(store, [
        "数据库很快，搜索也很快",
        "great party🎉!",
        "東京タワーへ行きました",
        "unrelated text",
      ]);
      assert.deepEqual(await found(store, "数据"), ["m0"]);
      assert.deepEqual(await found(store, "搜索"), ["m0"]);
      assert.deepEqual(await found(store, "据数"), []);
      assert.deepEqual(await found(store, "🎉"), ["m1"]);
      assert.deepEqual(await found(store, "party"), ["m1"]);
      assert.deepEqual(await found(store, "タワー"), ["m2"]);
    },
  },
  {
    name: "takes nothing that a person types for an operator",
    async run(store) {
      await appendAll(store, ["alpha beta", "gamma", "delta NOT near"]);
      const queries = [
        "",
        " ",
        '"',
        '""',
        "*",
        "^",
        "(",
        ")",
        "AND",
        "OR",
        "NOT",
        "NEAR(",
        "NEAR(alpha beta)",
        "content:alpha",
        "workspace : w1",
        "alpha*",
        "{content}:alpha",
        "-",
        "--",
        '-"',
        "alpha AND",
        '"alpha',
        'a"b',
        "'",
        ";",
        "\\",
        "\u0301",
        "🎉🎉",
        "the of and",
      ];
      for (const query of queries) await store.search("w1", query);
      assert.deepEqual(await found(store, "alpha*"), ["m0"]);
      assert.deepEqual(await found(store, "(alpha"), ["m0"]);
      assert.deepEqual(await found(store, "NOT"), ["m2"]);
      assert.deepEqual(await found(store, "workspace:w1"), []);
    },
  },
  {
    name: "takes a query of 100 KB",
    async run(store) {
      await appendAll(store, ["a needle in the hay"]);
      assert.deepEqual(await found(store, `needle ${"straw hay stack ".repeat(6_500)}`), ["m0"]);
    },
  },
  {
    name: "looks for stop words when there is nothing else",
    async run(store) {
      await appendAll(store, ["The Who played", "silence"]);
      assert.deepEqual(await found(store, "the who"), ["m0"]);
    },
  },
  {
    name: "limits and pages what is found, ties with the later appended first",
    async run(store) {
      await appendAll(store, ["same words", "same words", "same words", "other"]);
      assert.deepEqual(await found(store, "words"), ["m2", "m1", "m0"]);
      assert.deepEqual(await found(store, "words", { limit: 1, offset: 1 }), ["m1"]);
      assert.deepEqual(await found(store, "words", { offset: 3 }), []);
    },
  },
  {
    name: "gives the newest first when asked to",
    async run(store) {
      await store.append("w1", message("new", "apple", hour(9)));
      await store.append("w1", message("old", "apple apple apple", hour(1)));
      await store.append("w1", message("none", "pear", hour(2)));
      assert.deepEqual(await found(store, "apple", { order: "newest" }), ["new", "old"]);
    },
  },
  {
    name: "finds only in the session, by the speakers and in the time asked for",
    async run(store) {
      await store.append("w1", {
        ...message("a", "apple", hour(1)),
        sessionId: "s1",
        role: "user",
      });
      await store.append("w1", {
        ...message("b", "apple", hour(2)),
        sessionId: "s1",
        role: "assistant",
      });
      await store.append("w1", {
        ...message("c", "apple", hour(3)),
        sessionId: "s2",
        role: "user",
      });
      assert.deepEqual((await found(store, "apple", { sessionId: "s1" })).sort(), ["a", "b"]);
      assert.deepEqual(await found(store, "apple", { roles: ["assistant"] }), ["b"]);
      assert.deepEqual(await found(store, "apple", { roles: [] }), []);
      assert.deepEqual(
        (await found(store, "apple", { range: { from: hour(2), to: hour(3) } })).sort(),
        ["b"],
      );
      assert.deepEqual(
        await found(store, "apple", { sessionId: "s1", roles: ["user"], limit: 1 }),
        ["a"],
      );
    },
  },
  {
    name: "never shows one workspace the messages of another",
    async run(store) {
      const operation = fc.record({
        workspace: fc.constantFrom("w1", "w2", "W1", "w1 ", "%"),
        word: fc.constantFrom("apple", "pear", "plum"),
        kind: fc.constantFrom("append", "append", "append", "delete", "trim"),
      });
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
          const model = new Map<string, { id: string; word: string }[]>();
          const prefix = `${round++}:`;
          for (const [index, { workspace, word, kind }] of operations.entries()) {
            const key = prefix + workspace;
            const kept = model.get(key) ?? [];
            const id = `m${index}`;
            if (kind === "append") {
              await store.append(key, message(id, word, hour(index)));
              kept.push({ id, word });
            } else if (kind === "delete") {
              const all = operations.map((_, other) => `m${other}`).filter((_, other) =>
                other % 2 === 0
              );
              assert.equal(
                await store.deleteByIds(key, all),
                kept.filter((entry) => all.includes(entry.id)).length,
              );
              model.set(key, kept.filter((entry) => !all.includes(entry.id)));
              continue;
            } else {
              assert.equal(await store.trim(key, 2), Math.max(0, kept.length - 2));
              model.set(key, kept.slice(-2));
              continue;
            }
            model.set(key, kept);
          }
          for (const [key, kept] of model) {
            assert.deepEqual(ids(await store.getOldest(key, 100)), kept.map(({ id }) => id));
            const apples = kept.filter(({ word }) => word === "apple").map(({ id }) => id);
            assert.deepEqual(ids(await store.search(key, "apple")).sort(), apples.sort());
          }
        }),
        { numRuns: 25 },
      );
    },
  },
  {
    name: "refuses an id that the workspace holds, and only there",
    async run(store) {
      await store.append("w1", message("m1", "first"));
      await rejectsWith("conflict", store.append("w1", message("m1", "second")));
      await store.append("w2", message("m1", "other"));
      assert.deepEqual(await found(store, "second"), []);
      assert.deepEqual(await found(store, "first"), ["m1"]);
    },
  },
  {
    name: "refuses malformed arguments",
    async run(store) {
      const bad = (value: unknown) => value as never;
      const calls = [
        () => store.append("", message("x")),
        () => store.append(HUGE_ID, message("x")),
        () => store.append("w1", { ...message("x"), role: bad("robot") }),
        () => store.append("w1", { ...message("x"), createdAt: new Date(NaN) }),
        () => store.search("w1", bad(null)),
        () => store.search("w1", "x", { limit: -1 }),
        () => store.search("w1", "x", { limit: 10_001 }),
        () => store.search("w1", "x", { offset: -1 }),
        () => store.search("w1", "x", { order: bad("random") }),
        () => store.search("w1", "x", { roles: [bad("robot")] }),
        () => store.getRange("w1", { from: hour(2), to: hour(1) }),
        () => store.getRange("w1", { from: bad("yesterday"), to: hour(1) }),
        () => store.trim("w1", -1),
        () => store.getOldest("w1", NaN),
        () => store.deleteByIds("w1", bad({})),
        ...UNSTORABLE_TEXTS.map((text) => () => store.append("w1", message("x", text))),
      ];
      for (const call of calls) await rejectsWith("invalid_input", call());
      assert.equal(await store.count("w1"), 0);
    },
  },
  {
    name: "gives up with the signal's reason, and refuses everything once closed",
    async run(store) {
      const reason = new Error("changed my mind");
      await assert.rejects(
        store.append("w1", message("m1"), { signal: AbortSignal.abort(reason) }),
        reason,
      );
      assert.equal(await store.count("w1"), 0);
      await store.close();
      await store.close();
      await rejectsWith("closed", store.count("w1"));
      await rejectsWith("closed", store.append("w1", message("m1")));
      await rejectsWith("closed", store.search("w1", "apple"));
      await rejectsWith("closed", store.search("w1", ""));
    },
  },
];

const REOPEN_CASES: readonly ReopenCase<MessageStore>[] = [
  {
    name: "finds messages after reopening",
    async before(store) {
      await appendAll(store, ["The key is under the mat", "unrelated", "also unrelated"]);
    },
    async after(store) {
      assert.deepEqual(await found(store, "where is the key?"), ["m0"]);
      await store.append("w1", message("m9", "a second key", hour(9)));
      assert.deepEqual((await found(store, "keys")).sort(), ["m0", "m9"]);
    },
  },
];
