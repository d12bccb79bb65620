// SPDX-License-Identifier: Apache-2.0

// deno-lint-ignore-file no-console -- what a plugin prints is what is tested

console.error("no disk");
Deno.exit(7);
