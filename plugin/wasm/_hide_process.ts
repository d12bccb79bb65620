// SPDX-License-Identifier: Apache-2.0

// Libraries that look for Node would ask for the environment, which nobody here may read.
Reflect.deleteProperty(globalThis, "process");
