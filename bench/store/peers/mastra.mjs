// SPDX-License-Identifier: Apache-2.0

/** Mastra's storage on libSQL, through its own interface, durable as it comes. */

export async function load(load) {
  const { LibSQLStore } = await load("@mastra/libsql");
  let store, memory;
  let last = 0;
  const thread = {
    id: "s1",
    resourceId: "ada",
    title: "",
    createdAt: new Date(),
    updatedAt: new Date(),
    metadata: {},
  };
  return {
    async open(path, _durability, content, stored) {
      store = new LibSQLStore({ id: "bench", url: `file:${path}` });
      await store.init();
      memory = typeof store.getStore === "function" ? await store.getStore("memory") : store;
      await memory.saveThread({ thread });
      await save(Array.from({ length: stored }, () => toMessage(content)));
    },
    read: (times) => time(times, () => memory.getThreadById({ threadId: "s1" })),
    window: (times) => time(times, readWindow),
    append: async (groups, count, content) =>
      await time(
        groups,
        () =>
          Promise.all(
            Array.from({ length: count }, () => save([toMessage(content)])),
          ),
      ) / count,
    close() {},
  };

  function readWindow() {
    if (typeof memory.listMessages !== "function") {
      return memory.getMessages({
        threadId: "s1",
        format: "v2",
        selectBy: { last: 20 },
      });
    }
    const orderBy = { field: "createdAt", direction: "DESC" };
    return memory.listMessages({
      threadId: "s1",
      perPage: 20,
      page: 0,
      orderBy,
    });
  }

  function save(messages) {
    return memory.saveMessages({ messages, format: "v2" });
  }

  function toMessage(content) {
    return {
      id: `m${++last}`,
      threadId: "s1",
      resourceId: "ada",
      role: "user",
      type: "v2",
      createdAt: new Date(),
      content: { format: 2, parts: [{ type: "text", text: content }] },
    };
  }
}

async function time(times, run) {
  const start = performance.now();
  for (let n = 0; n < times; n++) await run();
  return (performance.now() - start) / times;
}
