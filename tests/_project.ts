// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { PROJECT_ROOT } from "../tools/workspace.ts";

const TASK = z.object({ description: z.string().min(1), command: z.string() });
const CONFIG = z.object({ tasks: z.record(z.string(), TASK) });

/** One task of the root `deno.json`. */
export type Task = z.infer<typeof TASK>;

/** Reads the tasks of the root `deno.json`; every one has a description. */
export async function readTasks(): Promise<Readonly<Record<string, Task>>> {
  const config: unknown = JSON.parse(await Deno.readTextFile(new URL("deno.json", PROJECT_ROOT)));
  return CONFIG.parse(config).tasks;
}

/** Says whether there is a file or folder. */
export async function exists(url: URL): Promise<boolean> {
  try {
    await Deno.stat(url);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
