// SPDX-License-Identifier: Apache-2.0

import { type Config, redactConfig, type WorkspaceConfig } from "@sigil/config";
import type { Limits } from "./limits.ts";
import type { ConfigView, WorkspaceView } from "./services.ts";

/** The workspace of who names none. */
export const DEFAULT_WORKSPACE = "default";

/** Shows a configuration the way the gateway needs it. */
export function toConfigView(config: Config): ConfigView {
  return {
    defaultWorkspaceId: DEFAULT_WORKSPACE,
    workspaces: toWorkspaces(config),
    redacted: redactConfig(config),
  };
}

/** The default workspace is there whether or not the configuration names it. */
const EVERYDAY: Pick<WorkspaceConfig, "description" | "members"> = { description: "" };

/** The limits that a configuration sets; every other one keeps its default. */
export function toLimits({ networking: { limits } }: Config): Partial<Limits> {
  const { max_body_bytes, requests_per_minute, concurrent_streams } = limits;
  return {
    maxBodyBytes: max_body_bytes,
    maxStreams: concurrent_streams,
    requests: { perSecond: requests_per_minute / 60, burst: requests_per_minute },
  };
}

function toWorkspaces({ workspaces, models }: Config): readonly WorkspaceView[] {
  const all = { [DEFAULT_WORKSPACE]: EVERYDAY, ...workspaces };
  return Object.entries(all).map(([id, { description, members }]) => ({
    id,
    description,
    members,
    model: models.overrides[id] ?? "",
  }));
}
