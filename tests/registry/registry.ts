// SPDX-License-Identifier: Apache-2.0

import { z } from "zod";

/** A package registry on this machine, for as long as it is open. */
export interface Registry extends AsyncDisposable {
  /** Where it listens; what `JSR_URL` is set to. */
  readonly url: string;
  /** What has been published, as `@scope/name@version`, in the order of publishing. */
  readonly published: readonly string[];
  /** Stops listening and removes every file. */
  close(): Promise<void>;
}

/** One published version. */
interface Release {
  readonly scope: string;
  readonly name: string;
  readonly version: string;
  readonly createdAt: Date;
  /** The folder with its files. */
  readonly folder: string;
  /** Its entries, as its `deno.json` says. */
  readonly exports: Readonly<Record<string, string>>;
  /** Its files by path, each with its size and checksum. */
  readonly manifest: Readonly<Record<string, ManifestEntry>>;
}

interface ManifestEntry {
  readonly size: number;
  readonly checksum: string;
}

const CONFIG = z.object({
  name: z.string(),
  version: z.string(),
  exports: z.union([
    z.string().transform((file) => ({ ".": file })),
    z.record(z.string(), z.string()),
  ]),
});

const PUBLISH = new URLPattern({ pathname: "/api/scopes/:scope/packages/:name/versions/:version" });
const PACKAGE = new URLPattern({ pathname: "/api/scopes/:scope/packages/:name" });
const META = new URLPattern({ pathname: "/@:scope/:name/meta.json" });
const VERSION_META = new URLPattern({ pathname: "/@:scope/:name/:version([^/]+)_meta.json" });
const FILE = new URLPattern({ pathname: "/@:scope/:name/:version/:path+" });

/**
 * Opens a registry that takes `deno publish` with `token` and serves what `deno run` asks for.
 *
 * It keeps to the protocol of the public registry as far as these two speak it: any package of any
 * scope exists, and a version can be published once.
 */
export async function openRegistry(token: string): Promise<Registry> {
  const folder = await Deno.makeTempDir({ prefix: "sigil-registry-" });
  const releases = new Map<string, Release>();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => answer(request, { folder, token, releases }),
  );
  let closing: Promise<void> | undefined;
  const close = () =>
    closing ??= server.shutdown().then(() => Deno.remove(folder, { recursive: true }));
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    get published() {
      return [...releases.keys()];
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

interface RegistryState {
  readonly folder: string;
  readonly token: string;
  readonly releases: Map<string, Release>;
}

async function answer(request: Request, state: RegistryState): Promise<Response> {
  const url = new URL(request.url);
  const publish = PUBLISH.exec(url);
  if (publish !== null && request.method === "POST") {
    return await takeRelease(request, publish.pathname.groups, state);
  }
  const found = PACKAGE.exec(url);
  if (found !== null) return Response.json(found.pathname.groups);
  return servePackage(url, state) ?? await serveFile(url, state) ??
    refuse(404, "notFound", `Cannot find "${url.pathname}"`);
}

async function takeRelease(
  request: Request,
  { scope = "", name = "", version = "" }: Readonly<Record<string, string | undefined>>,
  { folder, token, releases }: RegistryState,
): Promise<Response> {
  const id = `@${scope}/${name}@${version}`;
  if (request.headers.get("authorization") !== `Bearer ${token}`) {
    return refuse(401, "unauthorized", `Cannot publish ${id}: the token is not valid`);
  }
  if (releases.has(id)) {
    const task = { id, status: "success", error: null };
    return refuse(409, "duplicateVersionPublish", `Cannot publish ${id}: it is published`, {
      task,
    });
  }
  const target = `${folder}/@${scope}/${name}/${version}`;
  await unpack(await request.bytes(), target);
  const config = CONFIG.parse(JSON.parse(await Deno.readTextFile(`${target}/deno.json`)));
  if (`${config.name}@${config.version}` !== id) {
    return refuse(
      400,
      "configMismatch",
      `Cannot publish ${id}: its deno.json names another package`,
    );
  }
  const manifest = await readManifest(target);
  const createdAt = new Date();
  releases.set(id, {
    scope,
    name,
    version,
    createdAt,
    folder: target,
    exports: config.exports,
    manifest,
  });
  return Response.json({ id, status: "success", error: null });
}

/** Answers for the list of versions of a package, and for what one version holds. */
function servePackage(url: URL, { releases }: RegistryState): Response | undefined {
  const package_ = META.exec(url)?.pathname.groups;
  if (package_ !== undefined) {
    const versions = [...releases.values()].filter((release) =>
      release.scope === package_["scope"] && release.name === package_["name"]
    );
    return versions.length === 0 ? undefined : Response.json({
      scope: package_["scope"],
      name: package_["name"],
      latest: versions.at(-1)?.version,
      versions: Object.fromEntries(
        versions.map(({ version, createdAt }) => [version, { createdAt: createdAt.toISOString() }]),
      ),
    });
  }
  const release = findRelease(VERSION_META.exec(url), releases);
  return release && Response.json({ exports: release.exports, manifest: release.manifest });
}

async function serveFile(url: URL, { releases }: RegistryState): Promise<Response | undefined> {
  const match = FILE.exec(url);
  const release = findRelease(match, releases);
  const path = `/${match?.pathname.groups["path"]}`;
  if (release === undefined || !Object.hasOwn(release.manifest, path)) return undefined;
  const type = path.endsWith(".ts") ? "application/typescript" : "application/octet-stream";
  return new Response(await Deno.readFile(release.folder + path), {
    headers: { "content-type": type },
  });
}

function findRelease(
  match: URLPatternResult | null,
  releases: ReadonlyMap<string, Release>,
): Release | undefined {
  const { scope, name, version } = match?.pathname.groups ?? {};
  return releases.get(`@${scope}/${name}@${version}`);
}

async function unpack(archive: Uint8Array, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const tar = new Deno.Command("tar", {
    args: ["--extract", "--gzip", "--no-same-owner", "--mode=u+rw", `--directory=${folder}`],
    stdin: "piped",
    stderr: "inherit",
  }).spawn();
  const writer = tar.stdin.getWriter();
  await writer.write(archive);
  await writer.close();
  const { success } = await tar.status;
  if (!success) throw new Error(`Cannot unpack an archive into "${folder}"`);
}

async function readManifest(folder: string): Promise<Record<string, ManifestEntry>> {
  const manifest: Record<string, ManifestEntry> = {};
  for await (const path of walkFiles(folder, "")) {
    const bytes = await Deno.readFile(folder + path);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    manifest[path] = { size: bytes.length, checksum: `sha256-${digest.toHex()}` };
  }
  return manifest;
}

async function* walkFiles(folder: string, below: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder + below)) {
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory) yield* walkFiles(folder, path);
    else yield path;
  }
}

function refuse(status: number, code: string, message: string, data: object = {}): Response {
  return Response.json({ code, message, ...data }, { status });
}
