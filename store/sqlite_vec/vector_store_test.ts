// SPDX-License-Identifier: Apache-2.0

import { testVectorStore } from "../conformance/vector_store.ts";
import { openSqliteVecStore } from "./vector_store.ts";

testVectorStore("sqlite_vec", { open: () => openSqliteVecStore(":memory:") });
