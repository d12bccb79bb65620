// SPDX-License-Identifier: Apache-2.0

import { RegExpRouter } from "hono/router/reg-exp-router";
import { SmartRouter } from "hono/router/smart-router";
import { TrieRouter } from "hono/router/trie-router";
import type { Method } from "./route.ts";

/** What is reached by a method and a path. */
export interface Reached<Target> {
  /** What was added for them. */
  readonly target: Target;
  /** The parameters in the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
}

/** Finds what a request is for. Paths have parameters in braces; a slash at the end is passed over. */
export class PathRouter<Target> {
  readonly #router = new SmartRouter<Target>({ routers: [new RegExpRouter(), new TrieRouter()] });

  /** Adds a target. */
  add(method: Method, path: string, target: Target): void {
    this.#router.add(method.toUpperCase(), toPattern(path), target);
  }

  /** Gives what a request with that method and URL is for, if there is any. */
  find(method: string, url: string): Reached<Target> | undefined {
    const [[first], values] = this.#router.match(method, pathOf(url));
    if (first === undefined) return undefined;
    const [target, found] = first;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(found)) {
      params[name] = decode(typeof value === "number" ? values?.[value] ?? "" : value);
    }
    return { target, params };
  }
}

/** The names of models hold slashes; no other parameter does. */
function toPattern(path: string): string {
  return path.replace("{model}", ":model{.+}").replaceAll(/\{(\w+)\}/g, ":$1");
}

/** Cuts the path out: a URL of a request is whole and well-formed, and need not be parsed for it. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  const end = url.slice(start).search(/[?#]/);
  const path = end === -1 ? url.slice(start) : url.slice(start, start + end);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/** A parameter that is not well encoded stands for itself. */
function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
