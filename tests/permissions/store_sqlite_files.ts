// SPDX-License-Identifier: Apache-2.0

import { openGatewayStore, openWorkspaceStores } from "@sigil/store";

const directory = `${Deno.args[0]}/home`;
await using stores = await openWorkspaceStores({ backend: "sqlite" }, directory);
const { sessions, memory, vectors } = stores;
await sessions.createSession({ id: "s1", workspaceId: "home", userId: "ada" });
await memory.messages.append("home", { id: "m1", role: "user", content: "The key is here" });
await memory.messages.search("home", "keys");
await memory.knowledge.putEntity("home", { id: "ada", type: "person", name: "Ada" });
await vectors.store("v1", [1, 0, 0]);
await vectors.search([1, 0, 0], 1);
await using gateway = await openGatewayStore({ backend: "sqlite" }, directory);
await gateway.users.create({ id: "ada", name: "Ada" });
