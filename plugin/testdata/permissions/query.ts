// SPDX-License-Identifier: Apache-2.0

const READ = ["/p/echo/plugin.ts", "/p/other", "/srv/a b=c/x", "/srv"];
const WRITE = ["/d/echo/out/x", "/d/echo", "/p/echo"];
const DENIED = "/d/echo/out/key";
const NET = [
  "a.org:443",
  "a.org:80",
  "a.org",
  "b.a.org:443",
  "127.0.0.1:80",
  "[::1]:8080",
  "[::1]:8081",
];

const asked: Deno.PermissionDescriptor[] = [
  ...READ.map((path) => ({ name: "read", path }) as const),
  ...WRITE.map((path) => ({ name: "write", path }) as const),
  { name: "read", path: DENIED },
  { name: "write", path: DENIED },
  ...NET.map((host) => ({ name: "net", host }) as const),
  { name: "env" },
  { name: "run" },
  { name: "ffi" },
  { name: "sys" },
];
const answers = asked.map((descriptor) => {
  const { state } = Deno.permissions.querySync(descriptor);
  // Without a terminal to ask on, what is not granted is refused.
  const answer = state === "prompt" ? "denied" : state;
  return [`${descriptor.name} ${Object.values(descriptor)[1]}`, answer];
});
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(Object.fromEntries(answers))));
