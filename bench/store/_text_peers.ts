// SPDX-License-Identifier: Apache-2.0

import type { Context } from "./_context.ts";

/** A search engine that keeps everything in memory. */
export interface TextPeer {
  /** The name of its package. */
  readonly name: string;
  /** Finds the best texts. */
  search(word: string, limit: number): Promise<unknown>;
}

/** Ways to open one, by the name of its package. */
export const TEXT_PEERS: Readonly<
  Record<string, (texts: readonly string[]) => Promise<TextPeer>>
> = { "minisearch": openMinisearch, "@orama/orama": openOrama };

/** Opens every peer that can be had here, and says of each other why not. */
export async function openTextPeers(
  context: Context,
  texts: readonly string[],
): Promise<readonly TextPeer[]> {
  const opened: TextPeer[] = [];
  for (const [name, open] of Object.entries(TEXT_PEERS)) {
    try {
      opened.push(await open(texts));
    } catch (error) {
      context.say(`${name} is left out: ${String(error).split("\n")[0]}`);
    }
  }
  return opened;
}

async function openMinisearch(texts: readonly string[]): Promise<TextPeer> {
  const { default: MiniSearch } = await importPeer("minisearch");
  const index = new MiniSearch({
    fields: ["content"],
    storeFields: ["content"],
  });
  index.addAll(texts.map((content, id) => ({ id, content })));
  return {
    name: "minisearch",
    search: async (word, limit) => index.search(word).slice(0, limit),
  };
}

async function openOrama(texts: readonly string[]): Promise<TextPeer> {
  const { create, insertMultiple, search } = await importPeer("@orama/orama");
  const index = create({ schema: { content: "string" } });
  await insertMultiple(index, texts.map((content) => ({ content })), 5000);
  return {
    name: "@orama/orama",
    search: async (term, limit) => await search(index, { term, limit, properties: ["content"] }),
  };
}

// deno-lint-ignore no-explicit-any -- peers are not installed where types are checked
function importPeer(name: string): Promise<any> {
  return import(name);
}
