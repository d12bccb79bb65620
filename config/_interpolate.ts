// SPDX-License-Identifier: Apache-2.0

/** What became of a text with `${NAME}` in it. */
export type Interpolation =
  | { readonly status: "plain" | "filled"; readonly text: string }
  | { readonly status: "missing"; readonly name: string }
  | { readonly status: "malformed" };

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Puts variables in the place of each `${NAME}`; `$${` stands for `${` itself. */
export function interpolate(
  text: string,
  getVariable: (name: string) => string | undefined,
): Interpolation {
  let status: "plain" | "filled" = "plain";
  let filled = "";
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const [whole, name, brace] = match;
    filled += text.slice(end, match.index);
    end = match.index + whole.length;
    if (name === undefined) {
      filled += "${";
      continue;
    }
    if (brace === "" || !NAME.test(name)) return { status: "malformed" };
    const value = getVariable(name);
    if (value === undefined || value === "") return { status: "missing", name };
    filled += value;
    status = "filled";
  }
  return { status, text: filled + text.slice(end) };
}
