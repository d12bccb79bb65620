// SPDX-License-Identifier: Apache-2.0

import {
  testGatewayStore,
  testKnowledgeStore,
  testMessageStore,
  testSessionStore,
  testSummaryStore,
  testVectorStore,
} from "../conformance/mod.ts";
import { openSqliteVecStore } from "../sqlite_vec/mod.ts";
import {
  openGatewayStore,
  openKnowledgeStore,
  openMessageStore,
  openSessionStore,
  openSummaryStore,
  openVectorStore,
} from "./mod.ts";

interface Closeable {
  close(): Promise<void>;
}

/** Opens stores on files of their own, and remembers which, so that each can be opened again. */
function onDisk<Store extends Closeable & object>(openAt: (path: string) => Promise<Store>) {
  const directory = Deno.makeTempDirSync({ prefix: "sigil-" });
  addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
  const paths = new WeakMap<Store, string>();
  const openFile = async (path: string) => {
    const store = await openAt(path);
    paths.set(store, path);
    return store;
  };
  return {
    open: () => openFile(`${directory}/${crypto.randomUUID()}.db`),
    reopen: async (store: Store) => {
      await store.close();
      return await openFile(paths.get(store) ?? "");
    },
  };
}

testSessionStore("sqlite", onDisk(openSessionStore));
testMessageStore("sqlite", onDisk(openMessageStore));
testSummaryStore("sqlite", onDisk(openSummaryStore));
testKnowledgeStore("sqlite", onDisk(openKnowledgeStore));
testGatewayStore("sqlite", onDisk(openGatewayStore));
testVectorStore("sqlite", onDisk(openVectorStore));
testVectorStore("sqlite_vec", onDisk(openSqliteVecStore));
