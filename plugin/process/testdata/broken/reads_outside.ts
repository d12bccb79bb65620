// SPDX-License-Identifier: Apache-2.0

import { SECRET } from "../outside/secret.ts";

export default { type: "tool", tools: { secret: SECRET } };
