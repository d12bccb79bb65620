// SPDX-License-Identifier: Apache-2.0

import { createRouter } from "@sigil/provider";

await using _router = createRouter({ default: "local/recall" });
