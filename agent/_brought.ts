// SPDX-License-Identifier: Apache-2.0

/** Stands in the metadata of what was not said here, but told by a client. */
export const BROUGHT = { origin: "client" } as const;
