// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import { containerCommand, type ContainerOptions } from "./container_command.ts";
import { PluginError } from "./errors.ts";
import type { ExecutionConfig, Manifest } from "./manifest.ts";

const OPTIONS: ContainerOptions = {
  engine: "podman",
  containerName: "sigil-render-1",
  directory: "/p/render",
  dataDirectory: "/d/render",
};

type ContainerManifest = Pick<Manifest, "name" | "execution" | "storage">;

function manifestOf(
  execution: Partial<ExecutionConfig> = {},
  storage: Manifest["storage"] = {},
): ContainerManifest {
  return { name: "render", execution: { tier: "container", image: "r:1", ...execution }, storage };
}

/** What every command line of podman starts with. */
const START = [
  "run",
  "--rm",
  "--interactive",
  "--pull=never",
  "--log-driver=none",
  "--no-healthcheck",
  "--stop-timeout=1",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--pids-limit=128",
  "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m",
];

const PODMAN = ["--read-only-tmpfs=false", "--image-volume=ignore", "--http-proxy=false"];

/** What stands between what all have and what the manifest asks for. */
function whoOf({ engine, user }: Partial<ContainerOptions>): string[] {
  const who = user === undefined ? "--user=65534:65534" : `--user=${user.uid}:${user.gid}`;
  if (engine === "docker") return [who];
  return [...PODMAN, ...(user === undefined ? [] : ["--userns=keep-id"]), who];
}

const OWN_FOLDER = "--mount=type=bind,source=/p/render,target=/plugin,readonly";

Deno.test("containerCommand() gives the exact command line", async (t) => {
  const cases: [string, ContainerManifest, Partial<ContainerOptions>, string[]][] = [
    ["nothing asked for", manifestOf(), {}, [
      "--network=none",
      "--memory=512000000b",
      "--memory-swap=512000000b",
      OWN_FOLDER,
      "r:1",
    ]],
    [
      "memory, network and image",
      manifestOf({
        memory_limit: "1GiB",
        network: "restricted",
        image: "ghcr.io/example/render:1.0@sha256:" + "0".repeat(64),
      }),
      { engine: "docker" },
      [
        "--network=restricted",
        "--memory=1073741824b",
        "--memory-swap=1073741824b",
        OWN_FOLDER,
        "ghcr.io/example/render:1.0@sha256:" + "0".repeat(64),
      ],
    ],
    [
      "paths and volumes",
      manifestOf(
        {
          sandbox: { filesystem: { read_allow: ["/srv/in"], write_allow: ["/srv/out", "cache"] } },
        },
        { volumes: [{ name: "media", mount: "/media", size_limit: "1GB" }] },
      ),
      {},
      [
        "--network=none",
        "--memory=512000000b",
        "--memory-swap=512000000b",
        OWN_FOLDER,
        "--mount=type=bind,source=/srv/in,target=/srv/in,readonly",
        "--mount=type=bind,source=/srv/out,target=/srv/out",
        "--mount=type=bind,source=/d/render/cache,target=/d/render/cache",
        "--mount=type=bind,source=/d/render/volumes/media,target=/media",
        "r:1",
      ],
    ],
    [
      "a user of its own, a label, an id, our boot and a limit for all",
      manifestOf({ memory_limit: "1GiB" }),
      {
        user: { uid: 1000, gid: 100 },
        label: "0a1b",
        imageId: "sha256:" + "1".repeat(64),
        boot: "/d/boot.js",
        maxMemoryBytes: 1_000_000,
      },
      [
        "--label=sigil.plugin=0a1b",
        "--network=none",
        "--memory=1000000b",
        "--memory-swap=1000000b",
        OWN_FOLDER,
        "--mount=type=bind,source=/d/boot.js,target=/sigil/boot.js,readonly",
        "sha256:" + "1".repeat(64),
      ],
    ],
    ["a user of the machine, by docker", manifestOf(), {
      engine: "docker",
      user: { uid: 1000, gid: 100 },
    }, [
      "--network=none",
      "--memory=512000000b",
      "--memory-swap=512000000b",
      OWN_FOLDER,
      "r:1",
    ]],
    [
      "a denied path that no mount shows",
      manifestOf({ sandbox: { filesystem: { read_allow: ["/srv/in"], read_deny: ["/etc"] } } }),
      {},
      [
        "--network=none",
        "--memory=512000000b",
        "--memory-swap=512000000b",
        OWN_FOLDER,
        "--mount=type=bind,source=/srv/in,target=/srv/in,readonly",
        "r:1",
      ],
    ],
  ];
  for (const [name, manifest, options, expected] of cases) {
    await t.step(name, () => {
      const { command, args } = containerCommand(manifest, { ...OPTIONS, ...options });
      assertEquals(command, options.engine ?? "podman");
      assertEquals(args, [...START, ...whoOf(options), "--name=sigil-render-1", ...expected]);
    });
  }
});

Deno.test("containerCommand() refuses what a container cannot keep to", async (t) => {
  const filesystem = { read_allow: ["/srv"], read_deny: ["/srv/keys"] };
  const cases: [string, ContainerManifest, PluginError["code"]][] = [
    ["another tier", { name: "a", execution: { tier: "process" } }, "unsupported"],
    ["no image", { name: "a", execution: { tier: "container" } }, "unsupported"],
    ["single hosts", manifestOf({ sandbox: { network: { allow: ["a.org:443"] } } }), "unsupported"],
    ["a hole in a mount", manifestOf({ sandbox: { filesystem } }), "unsupported"],
    [
      "a path with a comma",
      manifestOf({ sandbox: { filesystem: { read_allow: ["/a,readonly=false"] } } }),
      "invalid_permission",
    ],
  ];
  for (const [name, manifest, code] of cases) {
    await t.step(name, () => {
      const error = assertThrows(() => containerCommand(manifest, OPTIONS), PluginError);
      assertEquals(error.code, code);
    });
  }
});

Deno.test("containerCommand() refuses wrong arguments", () => {
  for (const containerName of ["", "-a", "a b", "a".repeat(64)]) {
    assertThrows(() => containerCommand(manifestOf(), { ...OPTIONS, containerName }), TypeError);
  }
  const wrong: Partial<ContainerOptions>[] = [
    { directory: "x" },
    { boot: "/a,b" },
    { boot: "boot.js" },
    { label: "a,b" },
    { imageId: "--privileged" },
    { user: { uid: 0, gid: 1 } },
    { user: { uid: 1, gid: 0 } },
    { user: { uid: 1.5, gid: 1 } },
  ];
  for (const each of wrong) {
    assertThrows(() => containerCommand(manifestOf(), { ...OPTIONS, ...each }), TypeError);
  }
});
