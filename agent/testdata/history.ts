// SPDX-License-Identifier: Apache-2.0

import type { EarlierMessage } from "../mod.ts";

/** What was said elsewhere. */
export const HISTORY: readonly EarlierMessage[] = [
  { role: "user", content: "My cat is called Miso" },
  { role: "assistant", content: "A fine name. Her vet is Doctor Wolff" },
  { role: "assistant", content: " " },
];
