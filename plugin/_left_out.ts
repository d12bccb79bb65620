// SPDX-License-Identifier: Apache-2.0

/**
 * What an author's folder holds, at the top, that is no part of the plugin: no hash covers it, so
 * nobody has approved it, and nothing of it may be run or read.
 */
export const LEFT_OUT = ".git";
