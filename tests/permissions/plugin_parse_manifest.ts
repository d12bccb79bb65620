// SPDX-License-Identifier: Apache-2.0

import { parseManifest } from "@sigil/plugin";

parseManifest('name: weather\nversion: 1.0.0\ntype: tool\nengine: ">=0.1.0"\n');
