// SPDX-License-Identifier: Apache-2.0

/**
 * Plugins that can touch only what their manifest names.
 *
 * A plugin is a folder with a `plugin.yaml`, which says what it is and all that it asks for.
 *
 * Importing this module requires nothing. Reading YAML requires `--allow-env=LOG_TOKENS,LOG_STREAM`,
 * which a dependency looks at. Each function says what else it requires.
 *
 * @example Read a manifest and ask what it allows
 * ```ts
 * import { matchCapability, parseManifest } from "@sigil/plugin";
 *
 * const manifest = parseManifest(`
 * name: weather
 * version: 1.0.0
 * type: tool
 * engine: ">=0.1.0"
 * capabilities: [tool.weather]
 * `);
 * manifest.capabilities.some(({ pattern }) => matchCapability(pattern, "tool.weather")); // true
 * ```
 *
 * @module
 */

export * from "./audit_sink.ts";
export { matchCapability, parseCapability, type ParsedCapability } from "./capability.ts";
export * from "./container_command.ts";
export * from "./enforcer.ts";
export * from "./errors.ts";
export * from "./lifecycle.ts";
export * from "./load_manifest.ts";
export * from "./manifest.ts";
export * from "./manifest_json_schema.ts";
export * from "./parse_manifest.ts";
export * from "./permission_flags.ts";
export * from "./resolve_permissions.ts";
export * from "./tool.ts";
export * from "./units.ts";
