// SPDX-License-Identifier: Apache-2.0

import type { z } from "zod";
import type { message } from "../rest/schemas.ts";

type Message = Pick<z.output<typeof message>, "role" | "toolName" | "metadata">;

/** Tells who said it; what only a client tells of is not passed for what was said here. */
export function speakerOf({ role, toolName, metadata }: Message): string {
  if (role === "tool") return `tool ${toolName}`;
  return metadata.origin === "client" ? `${role} elsewhere` : role;
}
