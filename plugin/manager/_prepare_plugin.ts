// SPDX-License-Identifier: Apache-2.0

// @ts-types="@types/semver"
import semver from "semver";
import { LEFT_OUT } from "../_left_out.ts";
import { statIfThere } from "../_stat_if_there.ts";
import { PluginError } from "../errors.ts";
import { inspectPlugin, type PluginInspection } from "../install/inspect_plugin.ts";
import type { Manifest } from "../manifest.ts";
import {
  type PermissionOptions,
  type PluginPermissions,
  resolvePermissions,
} from "../resolve_permissions.ts";
import { checkApproval } from "./_approval.ts";
import { checkConfig, type PluginConfigValues } from "./_check_config.ts";
import type { ManagerContext } from "./_context.ts";
import type { PluginSettings } from "./plugin_settings.ts";

/** A plugin that has been checked, with all that is needed to start it. */
export interface PreparedPlugin {
  /** What it is. */
  readonly inspection: PluginInspection;
  /** Its configuration, complete. */
  readonly config: PluginConfigValues;
  /** What it reaches. */
  readonly permissions: PluginPermissions;
  /** What that was worked out from. */
  readonly permissionOptions: PermissionOptions;
  /** Where its relative paths start. */
  readonly filesDirectory: string;
  /** Whether it is run for the first time, which approves it: whoever enabled it has looked at it. */
  readonly isNew: boolean;
}

/** Checks everything about a plugin that can be checked without running it. */
export async function preparePlugin(
  name: string,
  directory: string,
  settings: PluginSettings,
  context: ManagerContext,
): Promise<PreparedPlugin> {
  const inspection = await inspectPlugin(directory, {
    signal: context.signal,
    temporaryDirectory: context.dataDirectory,
  });
  const { manifest, hash } = inspection;
  checkName(name, manifest);
  checkHash(manifest, hash, settings.hash);
  const isNew = await checkApproved(inspection, context);
  checkEngine(manifest, context.engineVersion);
  checkTier(manifest, context);
  await checkFolder(manifest, directory);
  context.checkNeeds(manifest);
  const config = checkConfig(manifest, settings.config ?? {});
  const filesDirectory = `${context.dataDirectory}/${name}/files`;
  const permissionOptions = {
    directory,
    dataDirectory: filesDirectory,
    config,
    forbidden: context.forbidden,
    proxy: context.proxy,
  };
  const resolved = resolvePermissions(manifest, permissionOptions);
  const memoryBytes = leastOf(resolved.memoryBytes, context.maxMemoryBytes);
  const deny = [...resolved.deny, `${directory}/${LEFT_OUT}`];
  const permissions = { ...resolved, memoryBytes, deny };
  return { inspection, config, permissions, permissionOptions, filesDirectory, isNew };
}

function checkName(name: string, manifest: Manifest): void {
  if (manifest.name === name) return;
  throw refuse("conflict", name, `its manifest now calls it "${manifest.name}"`);
}

/** Where it is kept what of a plugin is approved: beside its folders, out of its reach. */
export function approvalPath(name: string, { dataDirectory }: ManagerContext): string {
  return `${dataDirectory}/${name}/approved.json`;
}

/** Tells whether nobody was asked yet. */
async function checkApproved(
  inspection: PluginInspection,
  context: ManagerContext,
): Promise<boolean> {
  const { name } = inspection.manifest;
  const approval = await checkApproval(approvalPath(name, context), inspection);
  if (approval.status !== "changed") return approval.status === "first";
  throw refuse("unapproved", name, `${approval.reason}; enable it again to approve that`);
}

function checkHash({ name }: Manifest, hash: string, pinned: string | undefined): void {
  if (pinned === undefined || pinned === hash) return;
  throw refuse("unsafe", name, `its files have changed: their hash is ${hash}, not the pinned one`);
}

function checkEngine({ name, engine }: Manifest, version: string): void {
  if (semver.satisfies(version, engine, { includePrerelease: true })) return;
  throw refuse("unsupported", name, `it runs on Sigil ${engine}, and this is ${version}`);
}

function checkTier(
  { name, type, execution: { tier } }: Manifest,
  { spawnContainer }: ManagerContext,
): void {
  if (type === "skill" || tier === "process") return;
  if (tier === "wasm" && type !== "tool") {
    throw refuse("unsupported", name, "the wasm tier runs tools and nothing else");
  }
  if (tier === "container" && spawnContainer === undefined) {
    throw refuse("unsupported", name, "the container tier cannot be run by this gateway");
  }
}

/** A container sees the whole folder of its plugin: also what no hash covers. */
async function checkFolder({ name, execution }: Manifest, directory: string): Promise<void> {
  if (execution.tier !== "container") return;
  if (await statIfThere(`${directory}/${LEFT_OUT}`) === undefined) return;
  throw refuse("unsafe", name, `its container would see ${LEFT_OUT}, which is no part of it`);
}

function refuse(code: PluginError["code"], plugin: string, reason: string): PluginError {
  return new PluginError(code, `Cannot load plugin "${plugin}": ${reason}`, { plugin });
}

function leastOf(left: number | undefined, right: number | undefined): number | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return Math.min(left, right);
}
