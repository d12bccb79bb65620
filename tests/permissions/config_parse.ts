// SPDX-License-Identifier: Apache-2.0

import { parseConfig, updateConfigText } from "@sigil/config";

parseConfig(updateConfigText("", "users.ada.name", "Ada"));
