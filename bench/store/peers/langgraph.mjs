// SPDX-License-Identifier: Apache-2.0

/**
 * LangGraph's SQLite checkpointer keeps the whole state at every step: a checkpoint here holds the last
 * 20 messages, reading the window is reading the newest checkpoint, and an append is a new checkpoint.
 */

const WINDOW = 20;

export async function load(load) {
  const { SqliteSaver } = await load("@langchain/langgraph-checkpoint-sqlite");
  let saver;
  let last = 0;
  const messages = [];
  const config = { configurable: { thread_id: "s1", checkpoint_ns: "" } };
  return {
    async open(path, durability, content) {
      saver = SqliteSaver.fromConnString(path);
      saver.setup();
      saver.db.pragma(`synchronous = ${durability}`);
      for (let n = 0; n < WINDOW; n++) await append(content);
    },
    window: (times) => time(times, () => saver.getTuple(config)),
    append: async (groups, count, content) =>
      await time(
        groups,
        () => Promise.all(Array.from({ length: count }, () => append(content))),
      ) /
      count,
    close: () => void saver.db.close(),
  };

  async function append(content) {
    messages.push({
      id: `m${++last}`,
      role: "user",
      content,
      createdAt: Date.now(),
    });
    if (messages.length > WINDOW) messages.shift();
    const checkpoint = {
      v: 4,
      id: `0000-${String(last).padStart(12, "0")}`,
      ts: new Date().toISOString(),
      channel_values: { messages },
      channel_versions: { messages: last },
      versions_seen: {},
    };
    await saver.put(config, checkpoint, {
      source: "loop",
      step: last,
      parents: {},
    });
  }
}

async function time(times, run) {
  const start = performance.now();
  for (let n = 0; n < times; n++) await run();
  return (performance.now() - start) / times;
}
