// SPDX-License-Identifier: Apache-2.0

/**
 * Imports a package that is installed beside the copy of this file, by a name that is known only
 * when it runs: nothing of the project depends on it.
 *
 * @param {string} name
 */
export function loadPackage(name) {
  return import(name);
}
