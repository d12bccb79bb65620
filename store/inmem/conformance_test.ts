// SPDX-License-Identifier: Apache-2.0

import {
  testGatewayStore,
  testKnowledgeStore,
  testMessageStore,
  testSessionStore,
  testSummaryStore,
  testVectorStore,
} from "../conformance/mod.ts";
import {
  openGatewayStore,
  openKnowledgeStore,
  openMessageStore,
  openSessionStore,
  openSummaryStore,
  openVectorStore,
} from "./mod.ts";

testSessionStore("inmem", { open: openSessionStore });
testMessageStore("inmem", { open: openMessageStore });
testSummaryStore("inmem", { open: openSummaryStore });
testKnowledgeStore("inmem", { open: openKnowledgeStore });
testGatewayStore("inmem", { open: openGatewayStore });
testVectorStore("inmem", { open: openVectorStore });
