// SPDX-License-Identifier: Apache-2.0

import secret from "../outside/secret.txt" with { type: "text" };

export default { type: "tool", tools: { secret } };
