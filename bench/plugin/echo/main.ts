// SPDX-License-Identifier: Apache-2.0

/**
 * The plugin that is measured: what it does is next to nothing, so that what a call costs is seen.
 *
 * @module
 */

import type { ToolPlugin } from "../../../plugin/sdk/mod.ts";

const ANYTHING = { type: "object" } as const;

interface Amount {
  readonly chunks: number;
  readonly bytes: number;
}

/** How many streams are under way. */
let running = 0;

const plugin = {
  type: "tool",
  tools: {
    echo: {
      description: "Gives back the text",
      input: ANYTHING,
      execute: (input: { readonly text: string }) => input.text,
    },
    stream: {
      description: "Gives so many chunks of so many bytes",
      input: ANYTHING,
      execute: (input: Amount) => stream(input),
    },
    running: {
      description: "Tells how many streams are under way",
      input: ANYTHING,
      execute: () => String(running),
    },
  },
} satisfies ToolPlugin;

export default plugin;

async function* stream({ chunks, bytes }: Amount): AsyncGenerator<string> {
  const chunk = "x".repeat(bytes);
  running++;
  try {
    for (let left = chunks; left > 0; left--) yield chunk;
  } finally {
    running--;
  }
}
