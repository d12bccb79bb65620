// SPDX-License-Identifier: Apache-2.0

/**
 * A process that runs a turn which brings a history, over SQLite, until it reaches a point, says so, and
 * waits to be killed.
 *
 * Arguments: the directory of the stores, and the method that is the point, with a word of what it is
 * called with after a blank.
 */

import { openFixture } from "./fixture.ts";
import { HISTORY } from "./history.ts";
import { interceptStores } from "./intercept.ts";
import { openSqliteStores } from "./open_stores.ts";
import { says } from "./scripted_provider.ts";
import { stayToBeKilled } from "./stay_to_be_killed.ts";

const [directory = "", point = ""] = Deno.args;
const [method, word = ""] = point.split(" ");
const stores = interceptStores(await openSqliteStores(directory), async (called, args) => {
  if (called === method && JSON.stringify(args).includes(word)) await stayToBeKilled();
});
await using fixture = await openFixture([says("Miso")], { stores, newId: undefined });
await fixture.say("Who?", { history: HISTORY });
