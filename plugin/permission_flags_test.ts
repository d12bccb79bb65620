// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { PluginError } from "./errors.ts";
import type { FilesystemConfig, NetworkConfig } from "./manifest.ts";
import { compilePermissionFlags } from "./permission_flags.ts";
import type { PermissionManifest, PermissionOptions } from "./resolve_permissions.ts";

const FOLDERS = { directory: "/p/echo", dataDirectory: "/d/echo" } as const;

function manifestOf(
  filesystem: FilesystemConfig = {},
  network: NetworkConfig = {},
): PermissionManifest {
  return { name: "echo", execution: { tier: "process", sandbox: { filesystem, network } } };
}

Deno.test("compilePermissionFlags() gives exactly what the manifest names", async (t) => {
  const cases: [string, PermissionManifest, Partial<PermissionOptions>, string[]][] = [
    ["nothing", manifestOf(), {}, ["--allow-read=/p/echo"]],
    ["no sandbox at all", { name: "echo", execution: { tier: "wasm" } }, {}, [
      "--allow-read=/p/echo",
    ]],
    ["untidy folders", manifestOf(), { directory: "/p//./echo/" }, ["--allow-read=/p/echo"]],
    ["a path to read", manifestOf({ read_allow: ["/srv/maps"] }), {}, [
      "--allow-read=/p/echo,/srv/maps",
    ]],
    ["a path to write is readable", manifestOf({ write_allow: ["/srv/out"] }), {}, [
      "--allow-read=/p/echo,/srv/out",
      "--allow-write=/srv/out",
    ]],
    ["its own data", manifestOf({ write_allow: [".", "./cache//x"] }), {}, [
      "--allow-read=/p/echo,/d/echo,/d/echo/cache/x",
      "--allow-write=/d/echo,/d/echo/cache/x",
    ]],
    ["denied paths", manifestOf({ read_allow: ["/srv"], read_deny: ["/srv/keys", "key"] }), {}, [
      "--allow-read=/p/echo,/srv",
      "--deny-read=/srv/keys,/d/echo/key",
      "--deny-write=/srv/keys,/d/echo/key",
    ]],
    ["the same twice", manifestOf({ read_allow: ["/srv", "/srv/", "/p/echo"] }), {}, [
      "--allow-read=/p/echo,/srv",
    ]],
    ["names with odd letters", manifestOf({ read_allow: ["/Grüße/a b=c"] }), {}, [
      "--allow-read=/p/echo,/Grüße/a b=c",
    ]],
    ["hosts", manifestOf({}, { allow: ["a.org:443", "1.1.1.1:53", "[::1]:80"] }), {}, [
      "--allow-read=/p/echo",
      "--allow-net=a.org:443,1.1.1.1:53,[::1]:80",
    ]],
    [
      "the proxy, and nothing past it",
      manifestOf({}, { allow: ["a.org:443"], proxy: true }),
      { proxy: "127.0.0.1:9" },
      ["--allow-read=/p/echo", "--allow-net=127.0.0.1:9"],
    ],
    [
      "paths of the configuration",
      manifestOf({ read_allow: ["${config.folder}", "${config.more}"] }),
      { config: { folder: "/srv/a", more: ["/srv/b", "/srv/c"] } },
      ["--allow-read=/p/echo,/srv/a,/srv/b,/srv/c"],
    ],
    [
      "hosts of the configuration",
      manifestOf({}, { allow: ["${config.urls}"] }),
      {
        config: {
          urls: ["http://LOCALHOST:11434/v1", "https://a.org/v1", "http://[::1]/", "b.org:1"],
        },
      },
      ["--allow-read=/p/echo", "--allow-net=localhost:11434,a.org:443,[::1]:80,b.org:1"],
    ],
    [
      "a key of the configuration that is not set",
      manifestOf({ write_allow: ["${config.folder}"] }, { allow: ["${config.toString}"] }),
      { config: {} },
      ["--allow-read=/p/echo"],
    ],
    [
      "its own folders, where all around is forbidden",
      manifestOf({ read_allow: [".", "/p/echo/data"] }),
      { forbidden: ["/d", "/p"] },
      ["--allow-read=/p/echo,/d/echo,/p/echo/data"],
    ],
  ];
  for (const [name, manifest, options, expected] of cases) {
    await t.step(name, () => {
      assertEquals(compilePermissionFlags(manifest, { ...FOLDERS, ...options }), expected);
    });
  }
});

Deno.test("compilePermissionFlags() refuses what would open more than it shows", async (t) => {
  const config = (value: unknown): Partial<PermissionOptions> => ({ config: { key: value } });
  const fromConfig = manifestOf({ read_allow: ["${config.key}"] });
  const hostFromConfig = manifestOf({}, { allow: ["${config.key}"] });
  const cases: [string, PermissionManifest, Partial<PermissionOptions>][] = [
    ...["", "/", "-A", "--allow-all", "a,b", "/x,/etc", "a\0b", "../x", "/a/../etc", "/a/*", "~/x"]
      .flatMap((path): [string, PermissionManifest, Partial<PermissionOptions>][] => [
        [`reading ${JSON.stringify(path)}`, manifestOf({ read_allow: [path] }), {}],
        [`writing ${JSON.stringify(path)}`, manifestOf({ write_allow: [path] }), {}],
        [`${JSON.stringify(path)} from the configuration`, fromConfig, config(path)],
      ]),
    ["a comma in what is denied", manifestOf({ read_deny: ["a,b"] }), {}],
    ["the kernel", manifestOf({ read_allow: ["/proc/self/environ"] }), {}],
    ["a relative path from the configuration", fromConfig, config("notes")],
    ["a number from the configuration", fromConfig, config(7)],
    ["a list with a number from the configuration", fromConfig, config(["/a", 7])],
    ["a reference from the configuration", fromConfig, config("${config.key}")],
    ["writing its own folder", manifestOf({ write_allow: ["/p/echo"] }), {}],
    ["writing inside its own folder", manifestOf({ write_allow: ["/p/echo/src"] }), {}],
    ["writing around its own folder", manifestOf({ write_allow: ["/p"] }), {}],
    ["a forbidden folder", manifestOf({ read_allow: ["/secret"] }), { forbidden: ["/secret/"] }],
    ["inside a forbidden folder", manifestOf({ read_allow: ["/s/a"] }), { forbidden: ["/s"] }],
    ["around a forbidden folder", manifestOf({ read_allow: ["/srv"] }), {
      forbidden: ["/srv/me/data"],
    }],
    ["another plugin's data", manifestOf({ read_allow: ["/d/other"] }), { forbidden: ["/d"] }],
    ["a neighbour with a longer name", manifestOf({ read_allow: ["/d/echo2"] }), {
      forbidden: ["/d"],
    }],
    ...["a.org", "*:443", "*.a.org:443", "a.org:443,b.org:443", "-a:1", "unix:/run/x", "0.0.0.0:80"]
      .flatMap((host): [string, PermissionManifest, Partial<PermissionOptions>][] => [
        [`the host ${host}`, manifestOf({}, { allow: [host] }), {}],
        [`the host ${host} from the configuration`, hostFromConfig, config(host)],
      ]),
    ["a URL without a host", hostFromConfig, config("file:///etc/passwd")],
    ["no URL", hostFromConfig, config("http://")],
    ["a limit that is no size", {
      name: "echo",
      execution: { tier: "process", memory_limit: "lots" },
    }, {}],
  ];
  for (const [name, manifest, options] of cases) {
    await t.step(name, () => {
      const run = () => compilePermissionFlags(manifest, { ...FOLDERS, ...options });
      const error = assertThrows(run, PluginError, "Cannot ");
      assertEquals([error.code, error.plugin], ["invalid_permission", "echo"]);
    });
  }
});

Deno.test("compilePermissionFlags() refuses a plugin that wants a proxy where there is none", () => {
  const manifest = manifestOf({}, { allow: ["a.org:443"], proxy: true });
  const error = assertThrows(() => compilePermissionFlags(manifest, FOLDERS), PluginError);
  assertEquals(error.code, "unsupported");
});

Deno.test("compilePermissionFlags() refuses wrong arguments", () => {
  const proxied = manifestOf({}, { proxy: true });
  for (
    const options of [
      { ...FOLDERS, directory: "p/echo" },
      { ...FOLDERS, directory: "/p,/etc" },
      { ...FOLDERS, dataDirectory: "" },
      { ...FOLDERS, dataDirectory: "/d/../etc" },
    ]
  ) {
    assertThrows(() => compilePermissionFlags(manifestOf(), options), TypeError);
  }
  assertThrows(() => compilePermissionFlags(proxied, { ...FOLDERS, proxy: "*:1" }), TypeError);
});

Deno.test("compilePermissionFlags() never gives a flag that allows everything of a kind", () => {
  const paths = fc.array(fc.string({ unit: "binary" }), { maxLength: 3 });
  fc.assert(
    fc.property(paths, paths, paths, (read_allow, write_allow, allow) => {
      try {
        const manifest = manifestOf({ read_allow, write_allow }, { allow });
        for (const flag of compilePermissionFlags(manifest, FOLDERS)) {
          const [, name, list = ""] = /^(--allow-(?:read|write|net))=(.+)$/s.exec(flag) ?? [];
          assertEquals(typeof name, "string");
          for (const value of list.split(",")) assertEquals(/^-|^$|\*|\.\./.test(value), false);
        }
      } catch (error) {
        assertEquals(error instanceof PluginError, true);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("compilePermissionFlags() gives flags that Deno reads as they are meant", async () => {
  const manifest: PermissionManifest = {
    name: "echo",
    execution: {
      tier: "process",
      memory_limit: "256MB",
      sandbox: {
        filesystem: { read_allow: ["/srv/a b=c"], write_allow: ["out"], read_deny: ["out/key"] },
        network: { allow: ["a.org:443", "127.0.0.1:80", "[::1]:8080"] },
      },
    },
  };
  const script = new URL("./testdata/permissions/query.ts", import.meta.url).pathname;
  const flags = compilePermissionFlags(manifest, FOLDERS);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--no-config", ...flags, script],
    stderr: "inherit",
  });
  const { code, stdout } = await command.output();
  assertEquals(code, 0);
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), {
    "read /p/echo/plugin.ts": "granted",
    "read /p/other": "denied",
    "read /srv/a b=c/x": "granted",
    "read /srv": "denied",
    "write /d/echo/out/x": "granted",
    "write /d/echo": "denied",
    "write /p/echo": "denied",
    "read /d/echo/out/key": "denied",
    "write /d/echo/out/key": "denied",
    "net a.org:443": "granted",
    "net a.org:80": "denied",
    "net a.org": "denied",
    "net b.a.org:443": "denied",
    "net 127.0.0.1:80": "granted",
    "net [::1]:8080": "granted",
    "net [::1]:8081": "denied",
    "env undefined": "denied",
    "run undefined": "denied",
    "ffi undefined": "denied",
    "sys undefined": "denied",
  });
});
