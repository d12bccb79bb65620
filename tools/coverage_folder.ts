// SPDX-License-Identifier: Apache-2.0

import { fileURLToPath } from "node:url";
import { PROJECT_ROOT } from "./workspace.ts";

/** Where a whole run of the tests leaves what it measured. */
export const COVERAGE_FOLDER: URL = new URL("coverage/", PROJECT_ROOT);

/** The path of the profiles of the run, those of its subprocesses included. */
export const COVERAGE_PROFILES: string = fileURLToPath(new URL("profiles/", COVERAGE_FOLDER));

/** The last line of the run. */
export const LAST_TALLY: URL = new URL("tally.txt", COVERAGE_FOLDER);
