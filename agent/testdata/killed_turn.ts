// SPDX-License-Identifier: Apache-2.0

/**
 * A process that runs turns over SQLite until it reaches a point, says so, and waits to be killed.
 *
 * Arguments: the directory of the stores, and the point. Each line that it writes is either
 * `event <json>` for an event of a turn, as its reader saw it, or `reached`.
 */

import { openGatewayStore } from "@sigil/store";
import { openAgent } from "../mod.ts";
import { SPEAKER, tool } from "./fixture.ts";
import { interceptStores } from "./intercept.ts";
import { isPoint, POINTS } from "./kill_points.ts";
import { openSqliteStores } from "./open_stores.ts";
import { answerKilled, SETTINGS } from "./killed_script.ts";
import { ScriptedProvider, SoleRouter } from "./scripted_provider.ts";
import { stayToBeKilled, writeLine } from "./stay_to_be_killed.ts";

const [directory = "", name = ""] = Deno.args;
if (!isPoint(name)) throw new RangeError(`There is no point ${name}`);
const isHere = POINTS[name];
let turns = 0;

/** Never comes back from the point. */
async function pass(what: string, args: readonly unknown[] = []): Promise<void> {
  if (turns < 2 || !isHere(what, args)) return;
  await stayToBeKilled();
}

const stores = interceptStores(await openSqliteStores(directory), pass);
const gateway = await openGatewayStore({ backend: "sqlite" }, directory);
const look = tool("look", async function* () {
  await pass("tool");
  yield { type: "text", text: "seen" };
});
const agent = openAgent({
  openWorkspace: () => Promise.resolve(stores),
  router: new SoleRouter(new ScriptedProvider([answerKilled(pass)])),
  audit: {
    async append(entry) {
      await pass(`audit ${entry.action}`);
      await gateway.auditLog.append(entry);
    },
  },
  tools: () => [look],
  settings: SETTINGS,
});

for (const content of ["Hello", "Look", "More", "Last"]) {
  turns++;
  for await (const event of agent.turn({ ...SPEAKER, content: `${content} ${turns}` })) {
    await writeLine(`event ${JSON.stringify(event)}`);
  }
}
await agent.close();
