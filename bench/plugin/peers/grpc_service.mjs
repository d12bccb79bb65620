// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { loadPackage } from "./load_package.mjs";

const { loadPackageDefinition } = await loadPackage("@grpc/grpc-js");
const { loadSync } = await loadPackage("@grpc/proto-loader");

/**
 * Loads the same contract that plugins keep.
 *
 * @param {string} protoFolder
 */
export function loadToolService(protoFolder) {
  const definition = loadSync(join(protoFolder, "plugin/v1/tool.proto"), {
    includeDirs: [protoFolder],
    keepCase: false,
    oneofs: true,
  });
  return loadPackageDefinition(definition).plugin.v1.Tool;
}
