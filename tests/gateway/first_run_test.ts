// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { readEventStream } from "../../gateway/read_event_stream.ts";
import { makeClone, runSigil, startGateway } from "./_clone.ts";
import { openSlowVendor } from "./_slow_vendor.ts";

Deno.test("a first run answers, survives its death, and remembers", async (t) => {
  await using clone = await makeClone();
  await using vendor = openSlowVendor("Tom is a");
  const tokenFile = new URL("data/token", clone.root);
  const first = await startGateway(clone);
  const token = (await Deno.readTextFile(tokenFile)).trim();
  const post = (url: string, path: string, body: unknown) =>
    fetch(url + path, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  await t.step("it tells where it is and how to talk to it", () => {
    assertStringIncludes(first.written(), `listens on ${first.url}`);
    assertMatch(first.written(), /curl http.*\/v1\/chat\/completions/);
    assertMatch(first.written(), /\n {2}deno task sigil chat\n/);
    assertMatch(first.written(), /local \(built in\)/);
    assert(!first.written().includes(token), "The token is not shown");
  });
  await t.step("what it keeps is open to its owner only", async () => {
    const modes = ["data", "data/token", "data/gateway.db", "data/gateway.json"].map((path) =>
      (Deno.statSync(new URL(path, clone.root)).mode ?? 0) & 0o777
    );
    assertEquals(modes, [0o700, 0o600, 0o600, 0o600]);
  });
  await t.step("it answers over HTTP", async () => {
    const messages = [{ role: "user", content: "Remember that my bicycle is red" }];
    const response = await post(first.url, "/v1/chat/completions", { model: "sigil", messages });
    assertEquals(response.status, 200);
    assertMatch((await response.json()).choices[0].message.content, /bicycle is red/);
  });
  await t.step("it answers on the command line", async () => {
    const { code, stdout, stderr } = await runSigil(clone, ["chat", "What colour is my bicycle?"]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /red/);
  });
  await t.step("a second gateway on the same data is refused", async () => {
    const { code, stderr } = await runSigil(clone, ["start", "--listen", "127.0.0.1:0"]);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /Cannot serve "\.\/data": the gateway of process \d+ holds it\nNext step: /,
    );
  });
  await t.step("a data directory that may not be written is refused", async () => {
    const { code, stderr } = await runSigil(clone, ["--data", "/sigil_elsewhere", "start"]);
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /directory "\/sigil_elsewhere": Requires write access to .*"\nNext step: .*deno\.json/s,
    );
    assert(!stderr.includes("--allow-"), stderr);
  });
  await t.step("it refuses a configuration that is not valid, and goes on", async () => {
    await Deno.writeTextFile(new URL("sigil.yaml", clone.root), "networking:\n  lisen: 1\n");
    await first.waitFor(/configuration refused.*networking\.lisen \(2:3\)/);
    const health = await fetch(`${first.url}/health`);
    assertEquals((await health.json()).status, "ok");
  });
  await t.step("it takes a configuration over that is", async () => {
    const yaml = [
      "providers:",
      "  crawl:",
      "    type: openai-compatible",
      `    base_url: ${vendor.baseUrl}`,
      "",
    ].join("\n");
    await Deno.writeTextFile(new URL("sigil.yaml", clone.root), yaml);
    await first.waitFor(/configuration taken over/);
  });
  await t.step("it is killed in the middle of an answer", async () => {
    const said = { content: "My cat is called Tom", session: "pets", model: "crawl/slow" };
    const response = await post(first.url, "/api/v1/chat", said);
    try {
      for await (const { type, data } of readEventStream(response.body ?? new ReadableStream())) {
        assert(type !== "error", data);
        if (type === "text_delta") Deno.kill(first.pid, "SIGKILL");
      }
    } catch (error) {
      assert(error instanceof TypeError, "The stream breaks off");
    }
    await first.ended;
  });

  const second = await startGateway(clone);
  await t.step("after that the token is the same", async () => {
    assertEquals((await Deno.readTextFile(tokenFile)).trim(), token);
  });
  await t.step("what was said before the death is found", async () => {
    const { code, stdout, stderr } = await runSigil(clone, ["memory", "search", "cat"]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /user +session pets\n +My cat is called Tom/);
  });
  await t.step("the next turn goes on with it", async () => {
    const args = ["chat", "--session", "pets", "What is my cat called?"];
    const { code, stdout, stderr } = await runSigil(clone, args);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /My cat is called Tom/);
  });
  await t.step("the record is intact", async () => {
    const { code, stdout } = await runSigil(clone, ["audit", "verify"]);
    assertEquals(code, 0);
    assertMatch(stdout, /^Intact: \d+ entries/);
  });
  await t.step("the doctor finds no failure", async () => {
    const { code, stdout } = await runSigil(clone, ["doctor"]);
    assertEquals(code, 0, stdout);
    assertMatch(stdout, /^ok +permissions: /m);
  });
  await t.step("a signal stops it cleanly", async () => {
    Deno.kill(second.pid, "SIGTERM");
    await second.ended;
    assertMatch(second.written(), /Stopping/);
    assertEquals((await runSigil(clone, ["status"])).code, 1);
  });
  await t.step("without a gateway the command line answers by itself", async () => {
    const { code, stdout, stderr } = await runSigil(clone, ["memory", "search", "bicycle"]);
    assertEquals(code, 0, stderr);
    assertMatch(stdout, /Remember that my bicycle is red/);
  });
});
