// SPDX-License-Identifier: Apache-2.0

import { configReference } from "../_permission_path.ts";
import type {
  ExecutionConfig,
  FilesystemConfig,
  Manifest,
  NetworkConfig,
  StorageConfig,
} from "../manifest.ts";

/**
 * Says in sentences what a plugin asks for, for the person who decides whether it may run.
 *
 * The order is that of the manifest: how it runs, what it reaches, what it may do, what it keeps, what
 * it needs, whether it may change.
 *
 * @example Usage
 * ```ts
 * import { parseManifest } from "@sigil/plugin";
 * import { describeManifest } from "@sigil/plugin/install";
 *
 * const manifest = parseManifest(`
 * name: weather
 * version: 1.0.0
 * type: tool
 * engine: ">=0.1.0"
 * execution: { tier: process, sandbox: { network: { allow: ["api.open-meteo.com:443"] } } }
 * `);
 * describeManifest(manifest);
 * // ["Runs in a process of its own", "Connects to api.open-meteo.com on port 443", "Uses no capability"]
 * ```
 */
export function describeManifest(manifest: Manifest): readonly string[] {
  const { execution, capabilities, deny_capabilities = [], storage = {} } = manifest;
  return [
    describeTier(manifest),
    ...describeFilesystem(execution.sandbox?.filesystem ?? {}),
    ...describeNetwork(execution.sandbox?.network ?? {}),
    ...(capabilities.length === 0 ? ["Uses no capability"] : []),
    ...capabilities.map(({ pattern, description }) =>
      `Uses ${pattern === "*" ? "every capability there is" : pattern}${because(description)}`
    ),
    ...deny_capabilities.map(({ pattern, description }) =>
      `Never uses ${pattern}${because(description)}`
    ),
    ...describeStorage(storage),
    ...describeNeeds(manifest),
    ...(manifest.lifecycle?.hot_reload === true
      ? ["Is loaded anew when its files change, unless they ask for more"]
      : []),
  ];
}

function describeTier({ type, execution }: Manifest): string {
  if (type === "skill") return "Runs nothing: it only instructs";
  const memory = execution.memory_limit === undefined
    ? ""
    : `, with at most ${execution.memory_limit} of memory`;
  return `${TIER_SENTENCES[execution.tier](execution)}${memory}`;
}

const TIER_SENTENCES = {
  wasm: () => "Runs as WebAssembly that reaches nothing",
  process: () => "Runs in a process of its own",
  container: ({ image, network = "none" }: ExecutionConfig) =>
    `Runs the image ${image} in a container ${
      network === "none"
        ? "without a network"
        : `on the network ${network}, where it connects to whatever that reaches`
    }`,
} as const;

function describeFilesystem(filesystem: FilesystemConfig): string[] {
  const { read_allow = [], write_allow = [], read_deny = [] } = filesystem;
  return [
    ...read_allow.map((path) => `Reads ${describePath(path)}`),
    ...write_allow.map((path) => `Reads and writes ${describePath(path)}`),
    ...read_deny.map((path) => `Never touches ${describePath(path)}`),
  ];
}

function describePath(path: string): string {
  const key = configReference(path);
  if (key !== undefined) return `what its setting "${key}" names`;
  if (path.startsWith("/")) return path;
  return path === "." ? "its own data folder" : `${path} in its own data folder`;
}

function describeNetwork({ allow = [], proxy = false }: NetworkConfig): string[] {
  const through = proxy ? " through the gateway's proxy" : "";
  if (proxy && allow.length === 0) return [`Connects${through}`];
  return allow.map((host) => `Connects to ${describeHost(host)}${through}`);
}

function describeHost(host: string): string {
  const key = configReference(host);
  if (key !== undefined) return `what its setting "${key}" names`;
  const colon = host.lastIndexOf(":");
  return `${host.slice(0, colon)} on port ${host.slice(colon + 1)}`;
}

function describeStorage({ kv = false, volumes = [], memory = {} }: StorageConfig): string[] {
  return [
    ...(kv ? ["Keeps values in a store of its own"] : []),
    ...volumes.map(({ name, size_limit }) =>
      `Keeps files in the volume ${name}${
        size_limit === undefined ? "" : `, at most ${size_limit}`
      }`
    ),
    ...(memory.collections ?? []).map(({ name }) => `Keeps memories in the collection ${name}`),
  ];
}

function describeNeeds({ dependencies = {}, config_schema }: Manifest): string[] {
  const needs = Object.entries(dependencies).map(([name, range]) =>
    `Needs the plugin ${name} in a version ${range}`
  );
  const properties = config_schema?.properties;
  const settings = typeof properties === "object" && properties !== null
    ? Object.keys(properties)
    : [];
  return settings.length === 0 ? needs : [...needs, `Has the settings ${settings.join(", ")}`];
}

function because(description: string | undefined): string {
  return description === undefined ? "" : `: ${description}`;
}
