// SPDX-License-Identifier: Apache-2.0

import type { ToolPlugin } from "@sigil/plugin/sdk";
import { convert } from "npm:html-to-text@^10.0.0";

const MAX_REDIRECTS = 5;

const TEXT_TYPE = /^(text\/.*|application\/(.*\+)?(json|xml))$/;

const config = { site: "", timeoutMs: 10_000, maxBytes: 1_000_000 };

export default {
  type: "tool",

  init({ site, timeout_ms = config.timeoutMs, max_bytes = config.maxBytes }) {
    config.site = String(site);
    config.timeoutMs = Number(timeout_ms);
    config.maxBytes = Number(max_bytes);
  },

  tools: {
    fetch: {
      description: "Reads a page of the site as plain text",
      input: {
        type: "object",
        properties: {
          url: { description: "Its address, or its path from /", type: "string", maxLength: 2000 },
        },
        required: ["url"],
        additionalProperties: false,
      },
      async execute({ url }: { url: string }, { signal }) {
        const timeout = AbortSignal.timeout(config.timeoutMs);
        try {
          return await fetchPage(addressOf(url), AbortSignal.any([signal, timeout]));
        } catch (error) {
          if (!timeout.aborted) throw error;
          throw new Error(`The site did not answer in ${config.timeoutMs} ms`);
        }
      },
    },
  },
} satisfies ToolPlugin;

function addressOf(text: string): URL {
  const url = URL.parse(text, config.site);
  if (url === null) throw new Error(`"${text}" is no address`);
  return checked(url);
}

/** Deno would refuse another host as well, but not say why. */
function checked(url: URL): URL {
  const { origin } = new URL(config.site);
  if (url.origin !== origin) throw new Error(`${url.origin} is not ${origin}, the only site`);
  if (url.username !== "" || url.password !== "") throw new Error("An address has no password");
  return url;
}

async function fetchPage(start: URL, signal: AbortSignal): Promise<string> {
  let url = start;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await fetch(url, { redirect: "manual", signal });
    const target = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || target === null) {
      return await readPage(response);
    }
    await response.body?.cancel();
    url = checked(new URL(target, url));
  }
  throw new Error(`${start} leads to more than ${MAX_REDIRECTS} others`);
}

async function readPage(response: Response): Promise<string> {
  const [type = "", parameters = ""] = response.headers.get("content-type")?.split(";", 2) ?? [];
  if (!response.ok || !TEXT_TYPE.test(type.trim())) {
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The site answered ${response.status}`);
    throw new Error(`The page is ${type === "" ? "of no known type" : type}, not a text`);
  }
  const { bytes, cut } = await readStart(response, config.maxBytes);
  const text = decoder(parameters).decode(bytes);
  const plain = type.trim() === "text/html" ? plainText(text) : text;
  return cut ? `${plain}\n(cut after ${config.maxBytes} bytes)` : plain;
}

async function readStart(
  response: Response,
  maxBytes: number,
): Promise<{ readonly bytes: Uint8Array; readonly cut: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    parts.push(part.subarray(0, maxBytes - length));
    length += part.length;
    if (length > maxBytes) break; // Leaving the loop ends the download.
  }
  const bytes = new Uint8Array(await new Blob(parts.map((part) => part.slice())).arrayBuffer());
  return { bytes, cut: length > maxBytes };
}

function decoder(parameters: string): TextDecoder {
  const charset = /charset="?([^";\s]+)/i.exec(parameters)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}

function plainText(html: string): string {
  return convert(html, {
    wordwrap: false,
    selectors: [
      { selector: "img", format: "skip" },
      { selector: "a", options: { ignoreHref: true } },
    ],
  });
}
