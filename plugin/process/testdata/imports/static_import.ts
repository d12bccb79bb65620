// SPDX-License-Identifier: Apache-2.0

import { SECRET } from "../outside/secret.ts";

/** What got through. */
export const FOUND = SECRET;

Reflect.get(globalThis, "postMessage")?.(SECRET); // In a worker, to whoever started it.
