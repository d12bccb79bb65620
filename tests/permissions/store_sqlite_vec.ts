// SPDX-License-Identifier: Apache-2.0

import { openSqliteVecStore } from "@sigil/store/sqlite-vec";

await using vectors = await openSqliteVecStore(":memory:");
await vectors.store("v1", [1, 0, 0]);
await vectors.search([1, 0, 0], 1);
