// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals } from "@std/assert";
import { loadConfig, validateConfig } from "./mod.ts";

async function withFile(text: string, run: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(path, text);
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

/** Runs where no `sigil.yaml` of ours can get in the way. */
async function inEmptyFolder(run: () => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir();
  Deno.chdir(folder);
  try {
    await run();
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("load default values", () =>
  inEmptyFolder(async () => {
    const config = await loadConfig({ path: "" });
    assertEquals(config.networking.listen, "127.0.0.1:18789");
    assertEquals(config.networking.mode, "local");
    assertEquals(config.storage.backend, "sqlite");
    assertEquals(config.sessions.memory.active_window, 20);
  }));

Deno.test("load from file", async () => {
  const content = `
networking:
  listen: "0.0.0.0:9999"
models:
  default: "openai/gpt-4.1"
`;
  await withFile(content, async (path) => {
    const config = await loadConfig({ path });
    assertEquals(config.networking.listen, "0.0.0.0:9999");
    assertEquals(config.models.default, "openai/gpt-4.1");
  });
});

Deno.test("load env override", () =>
  inEmptyFolder(async () => {
    Deno.env.set("SIGIL_NETWORKING_LISTEN", "10.0.0.1:8080");
    try {
      const config = await loadConfig({ path: "" });
      assertEquals(config.networking.listen, "10.0.0.1:8080");
    } finally {
      Deno.env.delete("SIGIL_NETWORKING_LISTEN");
    }
  }));

Deno.test("validate missing provider", () => {
  const issues = validateConfig({
    models: { default: "anthropic/claude-sonnet-4-5" },
    providers: {},
  });
  assertNotEquals(issues, []);
});
