// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULE = new URL("./mod.ts", import.meta.url).href;
const WORKSPACE = fileURLToPath(new URL("../deno.json", import.meta.url));
const YAML = "--allow-env=LOG_TOKENS,LOG_STREAM";

const QUIET = ["--no-prompt", "--cached-only", "--no-check"];

interface Result {
  readonly code: number;
  readonly stderr: string;
}

/** Runs a script that may do what the flags say and nothing else. */
async function run(script: string, flags: readonly string[], folder: string): Promise<Result> {
  const file = join(folder, "script.ts");
  await Deno.writeTextFile(file, `import * as config from ${JSON.stringify(MODULE)};\n${script}`);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", `--config=${WORKSPACE}`, ...QUIET, ...flags, file],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("every part needs exactly the permissions that it says", async (t) => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  const path = join(folder, "sigil.yaml");
  await Deno.writeTextFile(path, "auth: {token: '${T}'}\n");
  const file = JSON.stringify(path);
  const cases = [
    {
      name: "import, makeConfig, validateConfig, redactConfig and configJsonSchema",
      script: "config.redactConfig(config.makeConfig({})); config.validateConfig({});" +
        "config.configJsonSchema();",
      flags: [],
    },
    {
      name: "parseConfig",
      script: 'config.parseConfig("auth: {token: \'${T}\'}", { env: { T: "x" } });',
      flags: [YAML],
    },
    {
      name: "updateConfigText",
      script: 'config.updateConfigText("", "users.a.name", "A");',
      flags: [YAML],
    },
    {
      name: "loadConfig with env",
      script: `await config.loadConfig({ path: ${file}, env: { T: "x" } });`,
      flags: [YAML, `--allow-read=${path}`],
    },
    {
      name: "loadConfig",
      script: `await config.loadConfig({ path: ${file}, flags: { "auth.token": "x" } });`,
      flags: ["--allow-env", `--allow-read=${path}`],
    },
    {
      name: "watchConfig with env",
      script: `const changes = config.watchConfig(${file}, { env: { T: "x" }, settleMs: 1, ` +
        "current: config.makeConfig() }); await changes.next(); await changes.return();",
      flags: [YAML, `--allow-read=${folder}`],
    },
  ];
  for (const { name, script, flags } of cases) {
    await t.step(name, async () => {
      assertEquals(await run(script, flags, folder), { code: 0, stderr: "" });
      for (const dropped of flags) {
        const { code, stderr } = await run(script, flags.filter((f) => f !== dropped), folder);
        assertEquals(code, 1, `${name} needs no ${dropped}`);
        assertStringIncludes(stderr, "NotCapable");
      }
    });
  }
  await Deno.remove(folder, { recursive: true });
});
