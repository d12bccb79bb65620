// SPDX-License-Identifier: Apache-2.0

import { Command } from "commander";
import { listOf, messageHit } from "../rest/schemas.ts";
import { stripControls, toCell } from "./format_table.ts";
import { speakerOf } from "./speaker_of.ts";
import { wholeNumber } from "./whole_number.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf, withClient } from "./with_client.ts";

const SHOWN_WIDTH = 300;

/** The command `sigil memory`. */
export function memoryCommand(terminal: Terminal): Command {
  const command = new Command("memory").description("Look into what is remembered");
  command.command("search <words...>")
    .description("Find what was said, by its words, the best match first")
    .option("--workspace <name>", "the workspace", "default")
    .option("--limit <count>", "how many at most", wholeNumber, 10)
    .option("--newest", "the newest first instead")
    .option("--all", "what tools gave, too, but for those of memory")
    .option("--json", "write JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  sigil memory search ferry oslo\n" +
        "  sigil memory search '\"the ferry\"' -- -boat",
    )
    .action((words, _options, self) => search(terminal, words, self));
  return command;
}

async function search(
  terminal: Terminal,
  words: readonly string[],
  command: Command,
): Promise<void> {
  const options = optionsOf(command);
  const query = new URLSearchParams({ q: words.join(" "), limit: String(options.limit) });
  if (!options.all) query.set("roles", "user,assistant");
  if (options.newest) query.set("order", "newest");
  const workspace = encodeURIComponent(String(options.workspace));
  const path = `/api/v1/workspaces/${workspace}/memory/search?${query}`;
  const { items } = await withClient(terminal, options, (client) => {
    return client.get(path, listOf(messageHit));
  });
  if (options.json) return writeJson(terminal, items);
  if (items.length === 0) return terminal.note("Nothing was said about that.");
  for (const item of items) {
    const place = `${speakerOf(item)}  session ${item.sessionId}`;
    writeLine(terminal, `${item.createdAt}  ${stripControls(place)}`);
    writeLine(terminal, `  ${toCell(item.content, SHOWN_WIDTH)}`);
  }
}
