// SPDX-License-Identifier: Apache-2.0

import { GatewayError } from "./errors.ts";
import type { Identity } from "./identity.ts";
import { mayUse, type Services, type ShownStores, type WorkspaceView } from "./services.ts";

/**
 * Gives a workspace that somebody may use.
 *
 * @throws {GatewayError} With code `not_found` or `forbidden`.
 */
export function getWorkspace(services: Services, identity: Identity, id: string): WorkspaceView {
  const workspace = services.view().workspaces.find((candidate) => candidate.id === id);
  if (workspace === undefined) {
    throw new GatewayError("not_found", `Cannot use workspace "${id}": there is none of that name`);
  }
  if (mayUse(identity, workspace)) return workspace;
  throw new GatewayError("forbidden", `Cannot use workspace "${id}": you are not a member of it`);
}

/**
 * Opens the stores of a workspace that somebody may use.
 *
 * @throws {GatewayError} With code `not_found` or `forbidden`.
 */
export async function openStores(
  services: Services,
  identity: Identity,
  id: string,
): Promise<ShownStores> {
  return await services.openWorkspace(getWorkspace(services, identity, id).id);
}
