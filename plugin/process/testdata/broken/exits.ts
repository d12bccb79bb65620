// SPDX-License-Identifier: Apache-2.0

Deno.exit(7);
