// SPDX-License-Identifier: Apache-2.0

import { testVectorStore } from "../conformance/vector_store.ts";
import { openVectorStore } from "./vector_store.ts";

testVectorStore("inmem", { open: openVectorStore });
