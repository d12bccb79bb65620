// SPDX-License-Identifier: Apache-2.0
// deno-lint-ignore-file no-console -- its output is what the tests read

/** Appends messages and prints the id of each once its append has resolved. */

import { openMessageStore, openSessionStore } from "../mod.ts";

const [kind, path = "", prefix = "", count = "0"] = Deno.args;
const GROUP = 8;

const append = kind === "sessions" ? await sessionAppender() : await messageAppender();
for (let index = 0; index < Number(count); index += GROUP) {
  const group = Array.from(
    { length: Math.min(GROUP, Number(count) - index) },
    (_, offset) => `${prefix}${index + offset}`,
  );
  await Promise.all(group.map(append));
}

async function sessionAppender() {
  const store = await openSessionStore(path);
  await store.createSession({ id: "s1", workspaceId: "w1", userId: "u1" }).catch(() => {});
  return async (id: string) => {
    await store.appendMessage("s1", { id, role: "user", content: `text of ${id}` });
    console.log(id);
  };
}

async function messageAppender() {
  const store = await openMessageStore(path);
  return async (id: string) => {
    await store.append("w1", { id, role: "user", content: `text of ${id}` });
    console.log(id);
  };
}
