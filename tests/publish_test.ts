// SPDX-License-Identifier: Apache-2.0

/**
 * Every member is published to a registry on this machine, and imported from there by a stranger:
 * a script in an empty folder, with an empty cache.
 */

import { assert, assertArrayIncludes, assertEquals, assertStringIncludes } from "@std/assert";
import { PROJECT_ROOT, readMembers } from "../tools/workspace.ts";
import { type DenoResult, runDeno } from "./_deno.ts";
import { publishedFiles } from "./_published.ts";
import { openRegistry, type Registry } from "./registry/registry.ts";

const TOKEN = "token-of-this-test";

const STORE_AND_FIND = `
import { openWorkspaceStores, StoreError } from "jsr:@sigil/store@^0.1.0";

{
  await using stores = await openWorkspaceStores({ backend: "sqlite" }, "./data");
  const { messages } = stores.memory;
  await messages.append("home", { id: "m1", role: "user", content: "The boiler is in the cellar" });
  await messages.append("home", { id: "m2", role: "user", content: "The weather is nice" });
  await stores.vectors.store("v1", [1, 0, 0]);
}
await using stores = await openWorkspaceStores({ backend: "sqlite" }, "./data");
for (const hit of await stores.memory.messages.search("home", "boilers")) console.log(hit.content);
for (const hit of await stores.vectors.search([1, 0, 0], 1)) console.log(hit.id);
const error = await stores.sessions.getSession("none").catch((error: unknown) => error);
console.log(error instanceof StoreError ? error.code : error);
`;

Deno.test("every member is published, and imported by a stranger", async (t) => {
  await using registry = await openRegistry(TOKEN);
  const members = await readMembers();

  await t.step("a wrong token publishes nothing", async () => {
    const result = await publish("store", "another-token", registry);
    assert(result.code !== 0);
    assertStringIncludes(result.stderr, "the token is not valid");
    assertEquals(registry.published, []);
  });

  for (const member of members) {
    await t.step(`${member.name} is published`, async () => {
      const result = await publish(member.folder, TOKEN, registry);
      assertEquals(result.code, 0, result.stderr);
      assertEquals(registry.published.at(-1), `${member.name}@${member.version}`);
    });
  }

  await t.step("a version is published once", async () => {
    const result = await publish("store", TOKEN, registry);
    assertStringIncludes(result.stderr, "already published");
    assertEquals(registry.published.length, members.length);
  });

  await t.step("a script in an empty folder stores and finds a message", async () => {
    const flags = ["--allow-read=./data", "--allow-write=./data"];
    const result = await runAsStranger(STORE_AND_FIND, flags, registry);
    assertEquals(result.stdout, "The boiler is in the cellar\nv1\nnot_found\n", result.stderr);
    assertEquals(result.code, 0);
  });

  await t.step("every entry of every member can be imported", async () => {
    const specifiers = members.flatMap(({ name, version, entries }) =>
      Object.keys(entries).map((subpath) => `jsr:${name}@${version}${subpath.slice(1)}`)
    );
    const lines = specifiers.map((specifier) => `import ${JSON.stringify(specifier)};`);
    const result = await runAsStranger(lines.join("\n"), ["--allow-env", "--allow-read"], registry);
    assertEquals(result.code, 0, result.stderr);
  });
});

Deno.test("every member publishes its page and its licence, and no tests", async (t) => {
  for (const member of await readMembers()) {
    await t.step(member.name, async () => {
      const folder = member.folder === "." ? "" : `${member.folder}/`;
      const files = (await publishedFiles(member)).map((file) => file.slice(folder.length));
      assertArrayIncludes(files, ["deno.json", "LICENSE", "README.md"]);
      assertEquals(files.filter((file) => /_test\.ts$|testdata\//.test(file)), []);
    });
  }
});

function publish(folder: string, token: string, registry: Registry): Promise<DenoResult> {
  return runDeno(["publish", "--allow-dirty", "--no-provenance", `--token=${token}`], {
    cwd: new URL(`${folder}/`, PROJECT_ROOT),
    env: { JSR_URL: registry.url },
  });
}

/**
 * Type-checks and runs a script where nothing of this project is at hand.
 *
 * What was published within the last day is not taken unless it is asked for: hence the age of 0.
 */
async function runAsStranger(
  script: string,
  flags: readonly string[],
  registry: Registry,
): Promise<DenoResult> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-stranger-" });
  const cache = await Deno.makeTempDir({ prefix: "sigil-cache-" });
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, script);
    const args = [
      "run",
      "--check=all",
      "--no-prompt",
      "--minimum-dependency-age=0",
      ...flags,
      "main.ts",
    ];
    return await runDeno(args, { cwd: folder, env: { JSR_URL: registry.url, DENO_DIR: cache } });
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(cache, { recursive: true });
  }
}
