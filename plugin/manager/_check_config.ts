// SPDX-License-Identifier: Apache-2.0

import type { ErrorObject } from "ajv";
import { ajvFor } from "../_ajv.ts";
import { PluginError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";

/** The configuration of a plugin. */
export type PluginConfigValues = Readonly<Record<string, unknown>>;

/**
 * Checks a plugin's configuration against its manifest, and fills in what the manifest gives for what
 * is left out. The error names fields, never values: any of them may be a secret.
 */
export function checkConfig(manifest: Manifest, config: PluginConfigValues): PluginConfigValues {
  const { name, config_schema: schema } = manifest;
  if (schema === undefined) return config;
  const validate = ajvFor(schema).compile(schema);
  const filled = structuredClone(config);
  if (validate(filled) === true) return filled;
  const problems = (validate.errors ?? []).map(describeProblem).join("; ");
  const message = `Cannot configure plugin "${name}": ${problems}`;
  throw new PluginError("invalid_config", message, { plugin: name });
}

function describeProblem({ instancePath, message = "is invalid", params }: ErrorObject): string {
  const field = instancePath.slice(1).replaceAll("/", ".");
  const extra: unknown = params.additionalProperty;
  const which = typeof extra === "string" ? ` (${extra})` : "";
  return `${field === "" ? "its config" : field} ${message}${which}`;
}
