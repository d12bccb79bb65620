// SPDX-License-Identifier: Apache-2.0

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type ChannelConfig, type ConfigInput, makeConfig, type PairingMode } from "@sigil/config";
import type { GatewayStore } from "@sigil/store";
import { openGatewayStore } from "@sigil/store/inmem";
import { FakeClock } from "../../tests/gateway/_fake_clock.ts";
import { silentLogger } from "../logger.ts";
import { Recorder } from "../recorder.ts";
import { type AdmissionParts, admit, type Arrival } from "./admit.ts";
import { PairingCodes } from "./pairing_codes.ts";

interface Setting extends AsyncDisposable {
  readonly store: GatewayStore;
  readonly codes: PairingCodes;
  arrive(pairing: PairingMode, arrival?: Partial<Arrival>): ReturnType<typeof admit>;
}

const ARRIVAL: Arrival = {
  channelType: "chat",
  channelId: "room",
  platformId: "42",
  displayName: "Ada",
  content: "Hello",
};

async function openSetting(
  channel: Partial<ChannelConfig> = {},
  input: ConfigInput = {},
): Promise<Setting> {
  const store = await openGatewayStore();
  const clock = new FakeClock();
  const codes = new PairingCodes(clock);
  const recorder = new Recorder(store.auditLog, clock, silentLogger);
  const config = makeConfig(input);
  const partsFor = (pairing: PairingMode): AdmissionParts => ({
    store,
    codes,
    recorder,
    clock,
    config,
    channel: {
      enabled: true,
      workspace: "default",
      pairing,
      allowlist: ["42"],
      session_mode: "per_channel",
      ...channel,
    },
  });
  return {
    store,
    codes,
    arrive: (pairing, arrival) => admit({ ...ARRIVAL, ...arrival }, partsFor(pairing)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function roleOf({ store }: Setting, platformId = "42"): Promise<string> {
  return (await store.users.getByExternalId("chat", platformId)).role;
}

Deno.test("admit() lets strangers in the way that the channel says", async (t) => {
  await t.step("open: at once, as guests", async () => {
    await using setting = await openSetting();
    const admission = await setting.arrive("open");
    assert(admission.status === "admitted");
    assertEquals(admission.address.workspaceId, "default");
    assertEquals(await roleOf(setting), "guest");
    const again = await setting.arrive("open");
    assertEquals(again, admission);
  });
  await t.step("allowlist: who is on it", async () => {
    await using setting = await openSetting();
    assertEquals((await setting.arrive("allowlist")).status, "admitted");
    assertEquals(await roleOf(setting), "member");
    const other = await setting.arrive("allowlist", { platformId: "43" });
    assertEquals(other, { status: "refused", reply: undefined, reason: "not in the allowlist" });
    assertEquals((await setting.store.users.list()).length, 1);
  });
  await t.step("pair_on_request: once somebody approved", async () => {
    await using setting = await openSetting();
    const { pairings, users } = setting.store;
    const asked = await setting.arrive("pair_on_request");
    assert(asked.status === "welcomed");
    const waiting = await setting.arrive("pair_on_request");
    assert(waiting.status === "refused");
    assertMatch(waiting.reply ?? "", /not been let in yet/);
    const { id } = await users.getByExternalId("chat", "42");
    const [pairing] = await pairings.getByUser(id);
    assert(pairing?.status === "pending");
    await pairings.update({ ...pairing, status: "active" });
    assertEquals((await setting.arrive("pair_on_request")).status, "admitted");
  });
  await t.step("pair_on_request: not by another chat meanwhile", async () => {
    await using setting = await openSetting();
    await setting.arrive("pair_on_request");
    const elsewhere = await setting.arrive("pair_on_request", { channelId: "elsewhere" });
    assertEquals(elsewhere.status, "refused");
  });
  await t.step("pair_on_request: who was denied hears nothing", async () => {
    await using setting = await openSetting();
    await setting.arrive("pair_on_request");
    const { id } = await setting.store.users.getByExternalId("chat", "42");
    const [pairing] = await setting.store.pairings.getByUser(id);
    assert(pairing !== undefined);
    await setting.store.pairings.update({ ...pairing, status: "denied" });
    for (const channelId of ["room", "elsewhere"]) {
      const refused = await setting.arrive("pair_on_request", { channelId });
      assertEquals(refused, {
        status: "refused",
        reply: undefined,
        reason: "the pairing is denied",
      });
    }
  });
  await t.step("pair_with_code: who shows one", async () => {
    await using setting = await openSetting();
    const refused = await setting.arrive("pair_with_code");
    assert(refused.status === "refused");
    assertMatch(refused.reply ?? "", /code/);
    const { code } = await setting.codes.issue({ channel: "chat" });
    assertEquals((await setting.arrive("pair_with_code", { content: code })).status, "welcomed");
    assertEquals((await setting.arrive("pair_with_code")).status, "admitted");
    assertEquals(await roleOf(setting), "member");
  });
  await t.step("pair_with_code: as the user that the code is for", async () => {
    await using setting = await openSetting();
    await setting.store.users.create({ id: "ada", name: "Ada", role: "admin" });
    const { code } = await setting.codes.issue({ channel: "chat", userId: "ada" });
    await setting.arrive("pair_with_code", { content: code });
    const admission = await setting.arrive("pair_with_code");
    assert(admission.status === "admitted");
    assertEquals(admission.address.userId, "ada");
  });
  await t.step("closed: nobody", async () => {
    await using setting = await openSetting();
    assertEquals((await setting.arrive("closed")).status, "refused");
    assertEquals(await setting.store.users.list(), []);
  });
});

Deno.test("admit() lets in who has a name here, in every mode", async () => {
  for (const mode of ["allowlist", "pair_on_request", "pair_with_code", "closed"] as const) {
    await using setting = await openSetting();
    const identities = [{ channel: "chat", platformId: "7" }];
    await setting.store.users.create({ id: "bo", name: "Bo", identities });
    const admission = await setting.arrive(mode, { platformId: "7" });
    assert(admission.status === "admitted", mode);
    assertEquals(admission.address.userId, "bo");
  }
});

Deno.test("admit() gives each chat its workspace", async (t) => {
  const workspaces = {
    home: { bindings: [{ channel: "chat", chat: "room" }] },
    work: { bindings: [{ channel: "chat" }] },
  };
  const input: ConfigInput = {
    workspaces,
    plugins: { chat: {} },
    channels: { chat: {} },
  };
  const cases: Record<string, readonly [ConfigInput, string, string]> = {
    "the one of its binding": [input, "room", "home"],
    "the one of the channel's binding": [input, "lobby", "work"],
    "the channel's own": [{}, "room", "garden"],
  };
  for (const [name, [config, channelId, workspaceId]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using setting = await openSetting({ workspace: "garden" }, config);
      const admission = await setting.arrive("open", { channelId });
      assert(admission.status === "admitted");
      assertEquals(admission.address.workspaceId, workspaceId);
    });
  }
});

Deno.test("admit() shares a person's session between chats when it is told to", async () => {
  for (const mode of ["shared", "per_channel"] as const) {
    await using setting = await openSetting({ session_mode: mode });
    const first = await setting.arrive("open");
    const second = await setting.arrive("open", { channelId: "elsewhere" });
    assert(first.status === "admitted" && second.status === "admitted");
    assertEquals(first.address.sessionId === second.address.sessionId, mode === "shared");
  }
});

Deno.test("admit() records who is let in", async () => {
  await using setting = await openSetting();
  await setting.arrive("open");
  const [entry] = await setting.store.auditLog.query({ action: "pairing.add" });
  assertEquals([entry?.result, entry?.details.pairing], ["active", "open"]);
});
