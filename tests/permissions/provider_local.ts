// SPDX-License-Identifier: Apache-2.0

import { openLocalProvider } from "@sigil/provider/local";

await using provider = openLocalProvider();
const messages = [{ role: "user", content: "Hello" }] as const;
for await (const _event of provider.chat({ model: "recall", messages }));
