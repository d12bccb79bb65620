// SPDX-License-Identifier: Apache-2.0

/**
 * Checks, installs and removes plugins. Nothing of a plugin is run on the way.
 *
 * {@linkcode inspectPlugin} tells what a plugin asks for, to be shown before anybody enables it;
 * {@linkcode installPlugin} takes a folder or an archive.
 *
 * @module
 */

export * from "./asks_for_more.ts";
export * from "./describe_manifest.ts";
export * from "./hash_plugin.ts";
export * from "./inspect_plugin.ts";
export * from "./install_plugin.ts";
export * from "./remove_plugin.ts";
