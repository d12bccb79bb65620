// SPDX-License-Identifier: Apache-2.0

import { Command, CommanderError } from "commander";
import { VERSION } from "../version.ts";
import { auditCommand } from "./audit_command.ts";
import { chatCommand } from "./chat_command.ts";
import { configCommand } from "./config_command.ts";
import { doctorCommand } from "./doctor_command.ts";
import { firstError } from "./first_error.ts";
import { memoryCommand } from "./memory_command.ts";
import { nextStepOf } from "./next_step.ts";
import { pluginCommand } from "./plugin_command.ts";
import { sessionCommand } from "./session_command.ts";
import { startCommand } from "./start_command.ts";
import { statusCommand } from "./status_command.ts";
import { asTyped, hint, type Terminal, writeLine } from "./terminal.ts";
import { userCommand } from "./user_command.ts";
import { workspaceCommand } from "./workspace_command.ts";

/** How a command ended: well, with a failure, or wrongly asked for. */
export type ExitCode = 0 | 1 | 2;

/**
 * Runs the command `sigil`.
 *
 * What goes wrong is told in a sentence with the next step, never as a stack.
 *
 * @param args What stands after `sigil`.
 */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  try {
    await makeProgram(terminal).parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    tellError(terminal, error);
    return 1;
  }
}

function makeProgram(terminal: Terminal): Command {
  const program = new Command("sigil")
    .description("A gateway between people and AI agents")
    .version(VERSION, "-V, --version", "write the version")
    .option("--config <file>", "the configuration; ./sigil.yaml when it is there")
    .option("--data <folder>", "the data directory; ./data unless configured")
    .showHelpAfterError("(--help tells more)")
    .addHelpText("after", FIRST_STEPS);
  const commands = [
    startCommand(terminal),
    chatCommand(terminal),
    statusCommand(terminal),
    doctorCommand(terminal),
    sessionCommand(terminal),
    workspaceCommand(terminal),
    userCommand(terminal),
    memoryCommand(terminal),
    pluginCommand(terminal),
    configCommand(terminal),
    auditCommand(terminal),
    versionCommand(terminal),
  ];
  for (const command of commands) program.addCommand(command);
  prepare(program, terminal);
  return program;
}

const FIRST_STEPS = `
First steps:
  sigil start                start the gateway
  sigil chat "Hello"         say something
  sigil doctor               see whether all is well
`;

function versionCommand(terminal: Terminal): Command {
  return new Command("version").description("Write the version").action(() => {
    writeLine(terminal, VERSION);
  });
}

/** Sends what the parser writes to the terminal, and keeps it from ending the process. */
function prepare(command: Command, terminal: Terminal): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: (text) => terminal.write(asTyped(terminal, text)),
    writeErr: (text) => hint(terminal, text.trimEnd()),
  });
  for (const child of command.commands) prepare(child, terminal);
}

/** No help to who does not write the flags: the permission set does. */
const ADVICE_OF_DENO = /, run again with the --allow-[\w-]+ flag$/;

function tellError(terminal: Terminal, thrown: unknown): void {
  const error = firstError(thrown);
  const message = error instanceof Error ? error.message : String(error);
  terminal.note(`Error: ${message.replace(ADVICE_OF_DENO, "")}`);
  const nextStep = nextStepOf(error);
  if (nextStep !== undefined) hint(terminal, `Next step: ${nextStep}`);
}
