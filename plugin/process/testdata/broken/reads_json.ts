// SPDX-License-Identifier: Apache-2.0

import secret from "../outside/secret.json" with { type: "json" };

export default { type: "tool", tools: secret };
