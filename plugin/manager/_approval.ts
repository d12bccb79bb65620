// SPDX-License-Identifier: Apache-2.0

import { readIfThere } from "../_read_if_there.ts";
import { PluginError } from "../errors.ts";
import { asksForMore } from "../install/asks_for_more.ts";
import { describeManifest } from "../install/describe_manifest.ts";
import type { PluginInspection } from "../install/inspect_plugin.ts";
import type { Manifest } from "../manifest.ts";
import { parseManifest } from "../parse_manifest.ts";

/** What of a plugin is approved. */
export type ApprovedPlugin = Pick<PluginInspection, "manifest" | "hash">;

/** Whether files may be run. */
export type Approval =
  | {
    /** Nobody was asked yet; or these very files, or no more than they ask for, are approved. */
    readonly status: "first" | "approved";
  }
  | {
    readonly status: "changed";
    /** What differs, in a sentence. */
    readonly reason: string;
  };

/**
 * Compares files with what was approved, which is kept in the file `path`, out of every plugin's reach.
 *
 * Files that are not the approved ones may be run only where the approved manifest says `hot_reload`
 * and the new one asks for nothing more.
 */
export async function checkApproval(path: string, found: ApprovedPlugin): Promise<Approval> {
  const text = await readIfThere(path);
  if (text === undefined) return { status: "first" };
  const approved = parseApproved(text);
  if (approved === undefined) {
    return { status: "changed", reason: "what was approved cannot be read any more" };
  }
  if (approved.hash === found.hash) return { status: "approved" };
  if (asksForMore(approved.manifest, found.manifest)) {
    return { status: "changed", reason: describeMore(approved.manifest, found.manifest) };
  }
  if (approved.manifest.lifecycle?.hot_reload === true) return { status: "approved" };
  return { status: "changed", reason: `its files have changed: their hash is ${found.hash}` };
}

/** Keeps what is approved from now on, whole or not at all. */
export async function writeApproval(
  path: string,
  approved: ApprovedPlugin,
): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  await writeWhole(path, textOf(approved));
}

/**
 * Makes the file what it was before something was approved, unless something else has been since.
 *
 * @returns Whether it is.
 */
export async function restoreApproval(
  path: string,
  approved: ApprovedPlugin,
  before: string | undefined,
): Promise<boolean> {
  if (await readIfThere(path) !== textOf(approved)) return false;
  if (before === undefined) await Deno.remove(path);
  else await writeWhole(path, before);
  return true;
}

function textOf({ hash, manifest }: ApprovedPlugin): string {
  return JSON.stringify({ hash, manifest });
}

async function writeWhole(path: string, text: string): Promise<void> {
  const next = `${path}.${crypto.randomUUID()}`; // two may approve at once
  await Deno.writeTextFile(next, text, { mode: 0o600 });
  await Deno.rename(next, path);
}

function parseApproved(text: string): ApprovedPlugin | undefined {
  try {
    const { hash, manifest }: { hash: unknown; manifest: unknown } = JSON.parse(text);
    if (typeof hash !== "string") return undefined;
    return { hash, manifest: parseManifest(JSON.stringify(manifest)) };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    if (error instanceof PluginError) return undefined;
    throw error;
  }
}

function describeMore(approved: Manifest, now: Manifest): string {
  const before = describeManifest(approved);
  const after = describeManifest(now);
  const more = [
    ...after.filter((sentence) => !before.includes(sentence)),
    ...before.filter((sentence) => sentence.startsWith("Never ") && !after.includes(sentence))
      .map((sentence) => `No longer: ${sentence}`),
  ];
  const list = more.length === 0 ? "" : ` (${more.join("; ")})`;
  return `its manifest asks for something else than was approved${list}`;
}
