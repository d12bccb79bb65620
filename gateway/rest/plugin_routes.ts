// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { jsonRoute, type Route } from "../route.ts";
import type { PluginAdmin, PluginView, Services } from "../services.ts";
import {
  listOf,
  newPairingCode,
  page,
  pairingCode,
  plugin,
  pluginApproval,
  pluginFiles,
  pluginLogLine,
} from "./schemas.ts";
import { toWire } from "./wire.ts";

const PLUGINS = "/api/v1/plugins";
const COMMON = { tag: "Plugins", access: "admin" } as const;
const ofPlugin = z.object({ plugin: z.string() });

/** The routes of plugins and of the channels that they bring: for admins alone. */
export function pluginRoutes(services: Services): readonly Route[] {
  return [
    listRoute(services),
    getRoute(services),
    filesRoute(services),
    logsRoute(services),
    reloadRoute(services),
    enableRoute(services),
    disableRoute(services),
    codeRoute(services),
  ];
}

function listRoute({ plugins }: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: PLUGINS,
    id: "listPlugins",
    summary: "Lists the plugins",
    result: listOf(plugin),
  }, async () => ({ items: (await plugins?.list() ?? []).map(toPlugin) }));
}

function getRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: `${PLUGINS}/{plugin}`,
    id: "getPlugin",
    summary: "Gives one plugin",
    params: ofPlugin,
    result: plugin,
  }, async ({ params }) => toPlugin((await getPlugin(services, params.plugin)).view));
}

function filesRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: `${PLUGINS}/{plugin}/files`,
    id: "examinePlugin",
    summary: "Tells what the files of a plugin ask for now, to be shown before it is enabled",
    params: ofPlugin,
    result: pluginFiles,
  }, async ({ params }) => {
    const { admin, view } = await getPlugin(services, params.plugin);
    const { asks, ...rest } = await admin.examine(view.name);
    return { ...rest, asks: [...asks] };
  });
}

function logsRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "get",
    path: `${PLUGINS}/{plugin}/logs`,
    id: "getPluginLogs",
    summary: "Gives the last lines of a plugin's log, the oldest first",
    params: ofPlugin,
    query: z.object({ limit: page.limit }),
    result: listOf(pluginLogLine),
  }, async ({ params, query }) => {
    const { admin, view } = await getPlugin(services, params.plugin);
    return { items: toWire(await admin.logs(view.name, query.limit ?? 100)) };
  });
}

function reloadRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "post",
    path: `${PLUGINS}/{plugin}/reload`,
    id: "reloadPlugin",
    summary: "Loads a plugin again; calls under way finish, new ones wait",
    params: ofPlugin,
    result: plugin,
  }, async ({ params, identity }) => {
    const { admin, view: { name } } = await getPlugin(services, params.plugin);
    await record(services, "plugin.reload", identity.userId, name);
    await admin.reload(name);
    return toPlugin((await getPlugin(services, name)).view);
  });
}

function enableRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "post",
    path: `${PLUGINS}/{plugin}/enable`,
    id: "enablePlugin",
    summary: "Approves the files of a plugin, enables it in the configuration file and starts it",
    params: ofPlugin,
    body: pluginApproval.optional(),
    isBodyOptional: true,
    result: plugin,
  }, async ({ params, body, identity }) => {
    const { admin, view: { name } } = await getPlugin(services, params.plugin);
    await record(services, "plugin.enable", identity.userId, name);
    try {
      await admin.setEnabled(name, true, body?.hash);
    } catch (error) {
      await record(services, "plugin.enable", identity.userId, name, "undone");
      throw error;
    }
    return toPlugin((await getPlugin(services, name)).view);
  });
}

function disableRoute(services: Services): Route {
  return jsonRoute({
    ...COMMON,
    method: "post",
    path: `${PLUGINS}/{plugin}/disable`,
    id: "disablePlugin",
    summary: "Stops a plugin, and disables it in the configuration file",
    params: ofPlugin,
    result: plugin,
  }, async ({ params, identity }) => {
    const { admin, view } = await getPlugin(services, params.plugin);
    const { name } = view;
    await record(services, "plugin.disable", identity.userId, name);
    await admin.setEnabled(name, false);
    // One whose folder is gone was known as long as it was enabled.
    return toPlugin(await admin.find(name) ?? { ...view, enabled: false, state: "stopped" });
  });
}

function codeRoute(services: Services): Route {
  return jsonRoute({
    tag: "Pairings",
    access: "admin",
    method: "post",
    path: "/api/v1/channels/{channel}/codes",
    id: "makePairingCode",
    summary: "Makes a code that lets whoever sends it to the channel in, once, for 15 minutes",
    params: z.object({ channel: z.string() }),
    body: newPairingCode.optional(),
    isBodyOptional: true,
    result: pairingCode,
    status: 201,
  }, async ({ params: { channel }, body, identity }) => {
    const userId = body?.userId;
    if (userId !== undefined) await services.gatewayStore.users.get(userId);
    const code = await services.codes?.issue({ channel, userId });
    if (code === undefined) {
      throw new GatewayError("unsupported", "Cannot make a code: no channels");
    }
    const details = { channel, ...(userId !== undefined && { subject: userId }) };
    const entry = { action: "pairing.code", actor: identity.userId, details, result: "ok" };
    await services.recorder.record(entry);
    return { code: code.code, expiresAt: code.expiresAt.toISOString() };
  });
}

async function getPlugin(
  { plugins }: Services,
  name: string,
): Promise<{ readonly admin: PluginAdmin; readonly view: PluginView }> {
  const view = await plugins?.find(name);
  if (plugins !== undefined && view !== undefined) return { admin: plugins, view };
  throw new GatewayError("not_found", `Cannot get plugin "${name}": there is none of that name`);
}

async function record(
  { recorder }: Services,
  action: string,
  actor: string,
  name: string,
  result = "ok",
): Promise<void> {
  await recorder.record({ action, actor, plugin: name, result });
}

function toPlugin(view: PluginView): z.input<typeof plugin> {
  const { capabilities, asks, tools, ...rest } = view;
  return { ...rest, capabilities: [...capabilities], asks: [...asks], tools: [...tools] };
}
