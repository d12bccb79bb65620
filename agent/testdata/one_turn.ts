// SPDX-License-Identifier: Apache-2.0

/** A process that runs one turn with tools, in memory, to be run without any permission. */

import { last, openFixture, textTool } from "./fixture.ts";
import { callsTools, says } from "./scripted_provider.ts";

const answers = [callsTools([{ name: "look", input: {} }]), says("Done")];
await using fixture = await openFixture(answers, { tools: () => [textTool("look", "seen")] });
last(await fixture.say("Look"), "done");
