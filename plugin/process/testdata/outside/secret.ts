// SPDX-License-Identifier: Apache-2.0

/** What a plugin must not see. */
export const SECRET = "a secret";

// In a worker, to whoever started it.
const post: unknown = Reflect.get(globalThis, "postMessage");
if (typeof post === "function") post(SECRET);
