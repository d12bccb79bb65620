// SPDX-License-Identifier: Apache-2.0

/**
 * The least that a process of Node can do: it gives back what it is sent.
 *
 * @module
 */

import process from "node:process";

process.stdin.pipe(process.stdout);
