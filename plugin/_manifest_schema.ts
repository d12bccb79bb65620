// SPDX-License-Identifier: Apache-2.0

// @ts-types="@types/semver"
import semver from "semver";
import { z } from "zod";
import { capabilityProblem } from "./capability.ts";
import { jsonSchemaProblems } from "./_json_schema_problems.ts";
import { EXECUTION_TIERS, type Manifest, PLUGIN_TYPES } from "./manifest.ts";
import { hostProblem } from "./_network_host.ts";
import { allowedPathProblem, configReference, pathProblem } from "./_permission_path.ts";
import { parseDuration, parseSize } from "./units.ts";

type Check = (text: string) => string | undefined;

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const COLLECTION_NAME = /^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/;
const NETWORK_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/;
const IMAGE =
  /^[a-z0-9][a-z0-9._-]*(:\d{1,5})?(\/[a-z0-9][a-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
const MAIN_MODULE = /^(?!\.)[A-Za-z0-9_.-]+(\/(?!\.)[A-Za-z0-9_.-]+)*\.(ts|js|mjs|mts|wasm)$/;

/** A text that a function finds nothing wrong with. */
function text(check: Check, description: string): z.ZodString {
  return z.string().superRefine((value, context) => {
    const problem = check(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  }).describe(description);
}

function matching(pattern: RegExp, rule: string, maxLength: number): Check {
  return (value) => pattern.test(value) && value.length <= maxLength ? undefined : rule;
}

/** Reads with a function that throws, and tells what it said after the colon. */
function readable(parse: (text: string) => number, example: string): Check {
  return (value) => {
    try {
      return parse(value) > 0 ? undefined : `Expected more than nothing, such as ${example}`;
    } catch {
      return `Expected one such as ${example}, got ${JSON.stringify(value.slice(0, 40))}`;
    }
  };
}

function refused(check: Check, what: string): Check {
  return (value) => {
    const problem = check(value);
    return problem && `Cannot use ${JSON.stringify(value.slice(0, 80))} as ${what}: ${problem}`;
  };
}

function orConfigReference(check: Check): Check {
  return (value) => configReference(value) === undefined ? check(value) : undefined;
}

const pluginName = matching(
  NAME,
  "Expected lowercase letters, digits and single dashes, a letter first, at most 32",
  32,
);
const versionRange: Check = (value) =>
  value.trim() !== "" && semver.validRange(value) !== null
    ? undefined
    : "Expected a range of semantic versions, such as ^1.2.0 or >=0.1.0";
const size = readable(parseSize, "256MB");
const capabilityPattern = refused(capabilityProblem, "a capability");
const allowedPath = refused(orConfigReference(allowedPathProblem), "a path");
const deniedPath = refused(pathProblem, "a path");

const CAPABILITY = z.union([
  text(capabilityPattern, "What it asks to do, such as messages.send.telegram"),
  z.strictObject({
    pattern: text(capabilityPattern, "What it asks to do, such as messages.send.telegram"),
    description: z.string().optional().describe("Why, for the person who decides"),
  }),
]);

const FILESYSTEM = z.strictObject({
  read_allow: z.array(text(allowedPath, "A path")).optional()
    .describe("Files and folders that it can read"),
  write_allow: z.array(text(allowedPath, "A path")).optional()
    .describe("Files and folders that it can read and write"),
  read_deny: z.array(text(deniedPath, "A path")).optional()
    .describe("Files and folders that it can neither read nor write"),
}).describe("Paths that it reaches beyond its own folder");

const NETWORK = z.strictObject({
  allow: z.array(text(refused(orConfigReference(hostProblem), "a host"), "A host and port"))
    .optional().describe("Hosts that it reaches, each as host:port"),
  proxy: z.boolean().optional().describe("Whether all of it goes through the gateway's proxy"),
}).describe("Hosts that it reaches");

const EXECUTION = z.strictObject({
  tier: z.enum(EXECUTION_TIERS).describe("How it is kept apart"),
  main: text(
    matching(MAIN_MODULE, "Expected a .ts, .js or .wasm file inside the plugin's folder", 256),
    "The file that is run, relative to the plugin's folder",
  ).optional(),
  sandbox: z.strictObject({ filesystem: FILESYSTEM.optional(), network: NETWORK.optional() })
    .optional().describe("What it reaches. What is not named is refused"),
  image: text(matching(IMAGE, "Expected an image such as ghcr.io/owner/name:1.0", 512), "The image")
    .optional(),
  network: text(
    (value) =>
      value === "host"
        ? "The network of the host is never joined"
        : matching(NETWORK_NAME, "Expected the name of a network, or none", 63)(value),
    "The network to join, in the container tier",
  ).optional(),
  memory_limit: text(size, "How much memory it may use, such as 256MB").optional(),
}).superRefine(checkTier, { when: () => true }).describe("How it is run");

const STORAGE = z.strictObject({
  kv: z.boolean().optional().describe("Whether it has a key-value store of its own"),
  volumes: z.array(z.strictObject({
    name: text(pluginName, "Its name"),
    mount: text(
      (value) =>
        value.startsWith("/")
          ? refused(allowedPathProblem, "a path")(value)
          : "Expected an absolute path",
      "Where the plugin finds it",
    ),
    size_limit: text(size, "How much it may hold, such as 1GB").optional(),
    persist: z.boolean().optional().describe("Whether it outlives the removal of the plugin"),
  })).optional().describe("Folders of its own"),
  memory: z.strictObject({
    collections: z.array(z.strictObject({
      name: text(
        matching(COLLECTION_NAME, "Expected lowercase letters, digits, _ and -, at most 64", 64),
        "Its name",
      ),
      embedding_model: z.string().min(1).optional()
        .describe("The model that turns its entries into vectors"),
      max_entries: z.int().min(1).optional().describe("How many entries it may hold"),
    })).optional().describe("Its collections"),
  }).optional().describe("Memories of its own"),
}).describe("What it keeps");

/** The shape of `plugin.yaml`. What comes out of it is a manifest whose capabilities may be texts. */
export const MANIFEST_SCHEMA = z.strictObject({
  name: text(pluginName, "Lowercase letters, digits and dashes; at most 32"),
  version: text(
    (value) =>
      semver.parse(value)?.raw === value && !value.startsWith("v")
        ? undefined
        : "Expected a semantic version such as 1.0.0",
    "Its semantic version",
  ),
  type: z.enum(PLUGIN_TYPES).describe("What it brings"),
  engine: text(versionRange, "The versions of Sigil that it runs on, such as >=0.1.0"),
  license: z.string().min(1).optional().describe("Its licence, as an SPDX expression"),
  capabilities: z.array(CAPABILITY).optional().describe("What it asks to do"),
  deny_capabilities: z.array(CAPABILITY).optional().describe("What it must not do"),
  execution: EXECUTION.optional(),
  config_schema: z.record(z.string(), z.unknown()).superRefine((schema, context) => {
    for (const { path, message } of jsonSchemaProblems(schema)) {
      context.addIssue({ code: "custom", path: [...path], message });
    }
  }).optional().describe("What its configuration looks like, as a JSON Schema"),
  dependencies: z.record(z.string(), text(versionRange, "A range of versions"))
    .superRefine((dependencies, context) => {
      for (const name of Object.keys(dependencies)) {
        const message = pluginName(name);
        if (message !== undefined) context.addIssue({ code: "custom", path: [name], message });
      }
    }).optional().describe("The plugins that it needs, each with a range of versions"),
  lifecycle: z.strictObject({
    hot_reload: z.boolean().optional()
      .describe("Whether it is started anew when its files change"),
    graceful_shutdown_timeout: text(readable(parseDuration, "5s"), "How long it may take to stop")
      .optional(),
  }).optional().describe("How it is started, stopped and replaced"),
  storage: STORAGE.optional(),
}).superRefine((manifest, context) => {
  if (manifest.dependencies?.[manifest.name] === undefined) return;
  const message = "A plugin cannot need itself";
  context.addIssue({ code: "custom", path: ["dependencies", manifest.name], message });
});

/** Fills in what a manifest leaves out, and gives every capability its long spelling. */
export function toManifest(raw: z.output<typeof MANIFEST_SCHEMA>): Manifest {
  const { capabilities = [], deny_capabilities, execution, ...rest } = raw;
  return {
    ...rest,
    capabilities: capabilities.map(toCapability),
    ...(deny_capabilities && { deny_capabilities: deny_capabilities.map(toCapability) }),
    execution: execution ?? { tier: "process" },
  };
}

function toCapability<T extends object>(capability: string | T): { pattern: string } | T {
  return typeof capability === "string" ? { pattern: capability } : capability;
}

/** The fields of `execution` that have no meaning in a tier. */
const MEANINGLESS: Readonly<Record<string, readonly string[]>> = {
  process: ["image", "network"],
  wasm: ["image", "network", "sandbox"],
};

/** The rules that hold between the fields of `execution`; the fields themselves may be wrong. */
function checkTier(execution: unknown, context: z.RefinementCtx): void {
  if (typeof execution !== "object" || execution === null || !("tier" in execution)) return;
  const tier = String(execution.tier);
  if (tier === "container" && !("image" in execution)) {
    const message = "The container tier needs an image";
    context.addIssue({ code: "custom", path: ["image"], message, params: { missing: true } });
  }
  for (const key of (MEANINGLESS[tier] ?? []).filter((key) => key in execution)) {
    const message = `The ${tier} tier has no ${key}`;
    context.addIssue({ code: "custom", path: [key], message });
  }
}
