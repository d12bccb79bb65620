// SPDX-License-Identifier: Apache-2.0

import { openSessionStore } from "@sigil/store/sqlite";

await using sessions = await openSessionStore(":memory:");
await sessions.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
await sessions.getSession("s1");
