// SPDX-License-Identifier: Apache-2.0

import { configJsonSchema, makeConfig, redactConfig, validateConfig } from "@sigil/config";

validateConfig(redactConfig(makeConfig()));
configJsonSchema();
