// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type BufResult, ROOT, runBuf } from "./_buf.ts";

Deno.test("the contracts are well-formed", async () => {
  assertEquals(await runBuf("lint", "proto"), { code: 0, output: "" });
});

Deno.test("generating again changes nothing in gen/", async () => {
  await withFolder(async (folder) => {
    const template = join("proto", "buf.gen.yaml");
    assertEquals(
      await runBuf("generate", "proto", "--template", template, "-o", folder),
      { code: 0, output: "" },
    );
    assertEquals(
      await generatedFiles(join(ROOT, "gen")),
      await generatedFiles(join(folder, "gen")),
    );
  });
});

Deno.test("each generated file names its licence", async () => {
  const files = await generatedFiles(join(ROOT, "gen"));
  assertNotEquals(files.size, 0);
  for (const [name, text] of files) {
    assertEquals(text.split("\n", 1), ["// SPDX-License-Identifier: Apache-2.0"], name);
  }
});

Deno.test("the baseline is what the contracts are", async () => {
  await withFolder(async (folder) => {
    const image = join(folder, "image.binpb");
    assertEquals(
      await runBuf("build", "proto", "--exclude-source-info", "-o", image),
      { code: 0, output: "" },
    );
    assertEquals(
      await Deno.readFile(join(ROOT, "proto", "baseline.binpb")),
      await Deno.readFile(image),
      "Run deno task proto",
    );
  });
});

const BREAKING_CHANGES = [
  {
    name: "another number",
    file: "plugin/v1/tool.proto",
    from: "string arguments = 2;",
    to: "string arguments = 9;",
    says: 'field "2" with name "arguments" on message "ExecuteRequest" was deleted',
  },
  {
    name: "another type",
    file: "common/v1/types.proto",
    from: "int32 input_tokens = 1;",
    to: "string input_tokens = 1;",
    says: 'Field "1" with name "input_tokens" on message "Usage" changed type',
  },
  {
    name: "another name",
    file: "plugin/v1/channel.proto",
    from: "string thread_id = 5;",
    to: "string topic_id = 5;",
    says: 'Field "5" on message "InboundMessage" changed name from "thread_id" to "topic_id"',
  },
  {
    name: "an enum value with another number",
    file: "plugin/v1/lifecycle.proto",
    from: "HEALTH_STATUS_UNHEALTHY = 3;",
    to: "HEALTH_STATUS_UNHEALTHY = 4;",
    says: 'enum value "3" on enum "HealthStatus" was deleted',
  },
  {
    name: "a method that is gone",
    file: "plugin/v1/provider.proto",
    from: "rpc Status(StatusRequest) returns (StatusResponse);",
    to: "",
    says: 'RPC "Status" on service "Provider" was deleted',
  },
  {
    name: "a method that streams no more",
    file: "plugin/v1/tool.proto",
    from: "returns (stream ExecuteChunk)",
    to: "returns (ExecuteChunk)",
    says: 'on service "Tool" changed from server streaming to server unary',
  },
] as const;

Deno.test("a change that breaks those who speak the contracts is refused", async (t) => {
  for (const change of BREAKING_CHANGES) {
    await t.step(change.name, async () => {
      const { code, output } = await breakingAfter(change);
      assertEquals(code, 100, output);
      assertStringIncludes(output, change.says);
    });
  }
});

Deno.test("a field that is added breaks nobody", async () => {
  const result = await breakingAfter({
    file: "plugin/v1/tool.proto",
    from: "int32 timeout_seconds = 4;",
    to: "int32 timeout_seconds = 4; string user_id = 5;",
  });
  assertEquals(result, { code: 0, output: "" });
});

/** What `buf breaking` says of the contracts with one text in one file replaced. */
async function breakingAfter(
  change: { readonly file: string; readonly from: string; readonly to: string },
): Promise<BufResult> {
  return await withFolder(async (folder) => {
    for (const file of await protoFiles()) {
      const text = await Deno.readTextFile(join(ROOT, "proto", file));
      if (file === change.file) assertStringIncludes(text, change.from);
      const target = join(folder, file);
      await Deno.mkdir(join(target, ".."), { recursive: true });
      const changed = file === change.file ? text.replace(change.from, change.to) : text;
      await Deno.writeTextFile(target, changed);
    }
    return await runBuf("breaking", folder, "--against", "proto/baseline.binpb");
  });
}

async function protoFiles(): Promise<readonly string[]> {
  const names = await namesUnder(join(ROOT, "proto"));
  return names.filter((name) => name.endsWith(".proto") || name === "buf.yaml");
}

async function generatedFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const name of await namesUnder(folder)) {
    if (!name.endsWith("_pb.ts")) continue;
    files.set(name, await Deno.readTextFile(join(folder, name)));
  }
  return files;
}

/** Every file under `folder`, sorted, with `/` between the parts. */
async function namesUnder(folder: string, prefix = ""): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(join(folder, prefix))) {
    const name = `${prefix}${entry.name}`;
    if (entry.isDirectory) names.push(...await namesUnder(folder, `${name}/`));
    else names.push(name);
  }
  return names.sort();
}

async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-proto-" });
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
