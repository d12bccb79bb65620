// SPDX-License-Identifier: Apache-2.0

const MAX_LENGTH = 4096;

/** Folders whose files are doors to the kernel and to other processes. */
const KERNEL_FOLDERS = ["/proc", "/sys", "/dev"];

/** An entry that stands for a value of the plugin's configuration. */
const CONFIG_REFERENCE = /^\$\{config\.([A-Za-z_][A-Za-z0-9_]*)\}$/;

/** The key of the configuration that an entry such as `${config.folder}` stands for. */
export function configReference(entry: string): string | undefined {
  return CONFIG_REFERENCE.exec(entry)?.[1];
}

/** Tells why a path cannot be given to a permission flag; nothing when it can. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  if (/\p{Cc}/u.test(path)) return "it has a control character";
  if (path.startsWith("-")) return "it starts with a dash, as an option does";
  if (path.startsWith("~")) return "it starts with ~, which means nothing here";
  if (path.includes(",")) return "it has a comma, which separates paths";
  if (/[*?{}$\\"'`]|\[|\]/.test(path)) return "it has a wildcard, quote or backslash";
  if (path.split("/").includes("..")) return 'it has the segment ".."';
  return undefined;
}

/** Tells why a path cannot be allowed; nothing when it can. */
export function allowedPathProblem(path: string): string | undefined {
  const problem = pathProblem(path);
  if (problem !== undefined) return problem;
  if (!path.startsWith("/")) return undefined;
  const absolute = normalizePath(path);
  if (absolute === "/") return "it is the whole file system";
  const kernel = KERNEL_FOLDERS.find((folder) => isInside(absolute, folder));
  return kernel === undefined ? undefined : `${kernel} reaches into the kernel and other processes`;
}

/** Writes an absolute path without `.` and empty segments. */
export function normalizePath(path: string): string {
  return `/${path.split("/").filter((part) => part !== "" && part !== ".").join("/")}`;
}

/** Tells whether a normal path is a folder or something in it. */
export function isInside(path: string, folder: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}
