// SPDX-License-Identifier: Apache-2.0

import { openGatewayStore, openWorkspaceStores } from "@sigil/store";

await using stores = await openWorkspaceStores({ backend: "inmem" }, "unused");
await stores.sessions.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
await using gateway = await openGatewayStore({ backend: "inmem" }, "unused");
await gateway.users.create({ id: "ada", name: "Ada" });
