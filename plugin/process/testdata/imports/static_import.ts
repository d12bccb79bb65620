// SPDX-License-Identifier: Apache-2.0

import { SECRET } from "../outside/secret.ts";

/** What got through. */
export const FOUND = SECRET;

// In a worker, to whoever started it.
const post: unknown = Reflect.get(globalThis, "postMessage");
if (typeof post === "function") post(SECRET);
