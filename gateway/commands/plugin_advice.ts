// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import type { plugin } from "../rest/schemas.ts";
import { stripControls } from "./format_table.ts";
import { hint, type Terminal } from "./terminal.ts";

type Plugin = z.output<typeof plugin>;

/** A plugin, as far as it matters to what can be done about it. */
export type AdvisedPlugin = Pick<Plugin, "name" | "isFolderGone">;

/** Tells what a person can do about a plugin that is not well. */
export function adviseOnPlugin({ name, isFolderGone }: AdvisedPlugin): string {
  if (!isFolderGone) return `See sigil plugin logs ${name}`;
  return `Bring the folder back, or install it again, or: sigil plugin disable ${name}`;
}

/** Writes what can be done about each of these plugins that is enabled and not well. */
export function hintAtPlugins(terminal: Terminal, plugins: readonly Plugin[]): void {
  for (const each of plugins.filter(({ enabled, message }) => enabled && message !== "")) {
    hint(terminal, stripControls(`Next step for ${each.name}: ${adviseOnPlugin(each)}`));
  }
}
