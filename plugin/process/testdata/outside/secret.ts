// SPDX-License-Identifier: Apache-2.0

/** What a plugin must not see. */
export const SECRET = "a secret";

Reflect.get(globalThis, "postMessage")?.(SECRET); // In a worker, to whoever started it.
