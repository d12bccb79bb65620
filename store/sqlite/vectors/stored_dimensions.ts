// SPDX-License-Identifier: Apache-2.0

import type { Database } from "../_database.ts";

const SELECT_BYTES = "SELECT length(value) FROM embeddings LIMIT 1";

/** Gives the length of the stored embeddings; undefined while there are none. */
export function storedDimensions(database: Database): number | undefined {
  const row = database.prepare<[number]>(SELECT_BYTES).get();
  return row && row[0] / Float32Array.BYTES_PER_ELEMENT;
}
