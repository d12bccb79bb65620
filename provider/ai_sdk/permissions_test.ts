// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { openVendorServer, recorded } from "./testdata/vendor_server.ts";

const NEEDS: readonly (readonly [type: string, answer: string, env: readonly string[]])[] = [
  ["anthropic", "anthropic_text.sse", ["--allow-env=ANTHROPIC_BASE_URL"]],
  ["openai", "openai_responses_text.sse", ["--allow-env=OPENAI_BASE_URL"]],
  ["google", "google_text.sse", []],
  ["openai-compatible", "openai_chat_text.sse", []],
];

/** Every vendor's package is found under this. */
const VENDOR_PACKAGE = /^npm:@ai-sdk\//;

async function run(script: string, flags: readonly string[], ...args: readonly string[]) {
  const url = new URL(script, import.meta.url).href;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...flags, url, ...args],
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { success, stdout: decode(stdout), stderr: decode(stderr) };
}

Deno.test("openProvider() needs exactly the permissions that it documents, and prints nothing", async (t) => {
  for (const [type, answer, env] of NEEDS) {
    await t.step(type, async () => {
      await using server = openVendorServer(() => recorded(answer));
      const flags = [`--allow-net=${new URL(server.url).host}`, ...env];
      const whole = await run("testdata/chat_once.ts", flags, type, server.url);
      assert(whole.success && whole.stdout.length > 0, whole.stderr);
      assertEquals(whole.stderr, "");
      for (const dropped of flags) {
        const rest = flags.filter((flag) => flag !== dropped);
        const { success, stderr } = await run("testdata/chat_once.ts", rest, type, server.url);
        assertFalse(success, `does not need ${dropped}`);
        assertStringIncludes(stderr, "this program lacks a permission: Requires");
      }
      assertEquals(server.seen.length, 1);
    });
  }
});

Deno.test("the entries that need no vendor load none, and no other does before it is used", async (t) => {
  for (const entry of ["../mod.ts", "../local/mod.ts", "mod.ts"]) {
    await t.step(entry, async () => {
      const url = new URL(entry, import.meta.url).href;
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["info", "--json", url],
        env: { NO_COLOR: "1" },
      }).output();
      const { modules } = JSON.parse(new TextDecoder().decode(stdout));
      const imports: readonly Import[] = modules.flatMap((one: Module) => one.dependencies ?? []);
      const loaded = imports
        .filter((one) => VENDOR_PACKAGE.test(one.code?.specifier ?? ""))
        .filter(({ code, isDynamic }) => code !== undefined && isDynamic !== true);
      assertEquals(loaded.map(({ specifier }) => specifier), []);
      assert(imports.length > 0);
    });
  }
});

interface Import {
  readonly specifier: string;
  readonly code?: { readonly specifier: string };
  readonly isDynamic?: boolean;
}

interface Module {
  readonly dependencies?: readonly Import[];
}
