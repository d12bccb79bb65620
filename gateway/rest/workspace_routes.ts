// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";
import { jsonRoute, type Route } from "../route.ts";
import { mayUse, type Services, type WorkspaceView } from "../services.ts";
import { getWorkspace } from "../workspace_access.ts";
import { listOf, workspace } from "./schemas.ts";

const COMMON = { method: "get", tag: "Workspaces", access: "member" } as const;

/** The routes of workspaces themselves. */
export function workspaceRoutes(services: Services): readonly Route[] {
  return [
    jsonRoute({
      ...COMMON,
      path: "/api/v1/workspaces",
      id: "listWorkspaces",
      summary: "Lists the workspaces that you may use",
      result: listOf(workspace),
    }, async ({ identity }) => ({
      items: services.view().workspaces.filter((one) => mayUse(identity, one)).map(toWorkspace),
    })),
    jsonRoute(
      {
        ...COMMON,
        path: "/api/v1/workspaces/{workspace}",
        id: "getWorkspace",
        summary: "Gives one workspace",
        params: z.object({ workspace: z.string() }),
        result: workspace,
      },
      async ({ params, identity }) =>
        toWorkspace(getWorkspace(services, identity, params.workspace)),
    ),
  ];
}

function toWorkspace({ members, ...rest }: WorkspaceView): z.input<typeof workspace> {
  return { ...rest, ...(members && { members: [...members] }) };
}
