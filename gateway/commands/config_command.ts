// SPDX-License-Identifier: Apache-2.0

import { assertValidConfig, redactConfig } from "@sigil/config";
import { Command } from "commander";
import { loadCommandConfig } from "./connect.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import { optionsOf } from "./with_client.ts";

/** The command `sigil config`. */
export function configCommand(terminal: Terminal): Command {
  const command = new Command("config").description("Look at the configuration, or check it");
  command.command("show")
    .description("Show the configuration in effect, without secrets, as JSON")
    .action(async (_options, self) => {
      writeJson(terminal, redactConfig(await loadCommandConfig(optionsOf(self))));
    });
  command.command("validate [file]")
    .description("Check a file and tell everything that is wrong, with its line")
    .addHelpText("after", "\nExample:\n  sigil config validate sigil.yaml")
    .action(async (file, _options, self) => {
      const options = optionsOf(self);
      assertValidConfig(await loadCommandConfig({ ...options, config: file ?? options.config }));
      writeLine(terminal, "The configuration is valid");
    });
  return command;
}
