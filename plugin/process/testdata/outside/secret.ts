// SPDX-License-Identifier: Apache-2.0

/** What a plugin must not see. */
export const SECRET = "a secret";
