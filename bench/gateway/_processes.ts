// SPDX-License-Identifier: Apache-2.0

import { join } from "node:path";
import { chatRequest, ClientConnection } from "./_wire.ts";

/** A gateway under measurement. */
export interface GatewayProcess extends AsyncDisposable {
  /** How it is called in tables. */
  readonly name: string;
  /** Where it listens. */
  readonly port: number;
  /** Its process. */
  readonly pid: number;
  /** Headers that every request needs. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the model of the backend is called here. */
  readonly model: string;
  /** From its spawn to its first answered chat, in milliseconds. */
  readonly startMs: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

/** What a gateway is started with. */
interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

const ROOT = new URL("../../", import.meta.url).pathname;
const MODEL = "northern-lights";
const START_DEADLINE_MS = 60_000;

/** Starts the backend that both gateways ask, and gives its port. */
export async function startBackend(): Promise<
  { readonly port: number } & AsyncDisposable
> {
  const script = new URL("_mock_backend.ts", import.meta.url).pathname;
  const args = [
    "run",
    "--quiet",
    "--no-config",
    "--no-lock",
    "--allow-net",
    script,
  ];
  const process = new Deno.Command(Deno.execPath(), {
    args,
    stdout: "piped",
    stdin: "null",
  })
    .spawn();
  const reader = process.stdout.pipeThrough(new TextDecoderStream())
    .getReader();
  const port = Number((await reader.read()).value);
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      process.kill("SIGKILL");
      await reader.cancel();
      await process.status;
    },
  };
}

/** Starts Sigil on a data directory of its own inside `folder`, with the permissions that it ships with. */
export async function startSigil(
  backendPort: number,
  folder: string,
): Promise<GatewayProcess> {
  const port = freePort();
  const token = `bench-${crypto.randomUUID()}`;
  const config = join(folder, "sigil.yaml");
  await Deno.writeTextFile(
    config,
    JSON.stringify(sigilConfig(port, backendPort, folder)),
  );
  const args = [`${ROOT}main.ts`, "start", "--config", config];
  return await launchDeno({ name: "Sigil", port, token, folder, args });
}

/** Starts what Sigil promises, written by hand, under the permissions and flags that Sigil has. */
export async function startByHand(backendPort: number, folder: string): Promise<GatewayProcess> {
  const port = freePort();
  const token = `bench-${crypto.randomUUID()}`;
  await Deno.mkdir(dataDirectory(folder));
  const script = new URL("_by_hand.ts", import.meta.url).pathname;
  const backendUrl = `http://127.0.0.1:${backendPort}/v1`;
  const args = [script, String(port), token, backendUrl, MODEL, dataDirectory(folder)];
  return await launchDeno({ name: "By hand", port, token, folder, args });
}

/** Starts a program of Deno under the permissions and flags that Sigil ships with. */
async function launchDeno(
  { name, port, token, folder, args }: Pick<Launch, "name" | "port" | "args"> & {
    readonly token: string;
    readonly folder: string;
  },
): Promise<GatewayProcess> {
  const flags = [await v8Flags(), `--config=${ROOT}deno.json`, ...await permissionFlags(folder)];
  return await launch({
    name,
    command: Deno.execPath(),
    args: ["run", "--quiet", ...flags, ...args],
    env: { SIGIL_TOKEN: token },
    port,
    headers: { authorization: `Bearer ${token}` },
    model: `mock/${MODEL}`,
  });
}

/** Starts the peer as its package runs, without the console that it has for development. */
export function startPortkey(
  backendPort: number,
  packageFolder: string,
): Promise<GatewayProcess> {
  const port = freePort();
  return launch({
    name: "Portkey",
    command: "node",
    args: [
      "--import",
      new URL("_portkey_preload.mjs", import.meta.url).href,
      join(packageFolder, "build/start-server.js"),
      `--port=${port}`,
      "--headless",
    ],
    env: { NODE_ENV: "production" },
    port,
    headers: {
      authorization: "Bearer none",
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `http://127.0.0.1:${backendPort}/v1`,
    },
    model: MODEL,
  });
}

/** Where Sigil keeps its data in the folder that it was started with. */
export function dataDirectory(folder: string): string {
  return join(folder, "data");
}

/** What is configured is where things are, and no limit on how fast one client may ask. */
function sigilConfig(
  port: number,
  backendPort: number,
  folder: string,
): unknown {
  const limits = {
    requests_per_minute: 1_000_000_000,
    concurrent_streams: 256,
  };
  return {
    networking: { listen: `127.0.0.1:${port}`, limits },
    storage: { directory: dataDirectory(folder) },
    providers: {
      mock: {
        type: "openai-compatible",
        base_url: `http://127.0.0.1:${backendPort}/v1`,
        models: [MODEL],
      },
    },
    models: { default: `mock/${MODEL}` },
  };
}

/** How the task `start` of the project sets V8 up. */
async function v8Flags(): Promise<string> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const flags = tasks.start.command.match(/--v8-flags=\S+/)?.[0];
  if (flags === undefined) throw new Error("The task start sets no flags of V8");
  return flags;
}

/** The permission set `gateway` of the project, with the data directory where it is here. */
async function permissionFlags(folder: string): Promise<readonly string[]> {
  const { permissions } = JSON.parse(
    await Deno.readTextFile(`${ROOT}deno.json`),
  );
  return Object.entries<true | readonly string[]>(permissions.gateway).map(
    ([kind, allowed]) => {
      if (allowed === true) return `--allow-${kind}`;
      const places = kind === "read" ? [...allowed, folder] : allowed;
      return `--allow-${kind}=${places.map((place) => toPlace(kind, place, folder)).join(",")}`;
    },
  );
}

function toPlace(kind: string, place: string, folder: string): string {
  if (kind !== "read" && kind !== "write") return place;
  return place === "./data" ? dataDirectory(folder) : new URL(place, `file://${ROOT}`).pathname;
}

async function launch(launched: Launch): Promise<GatewayProcess> {
  const { name, command, port, headers, model } = launched;
  const kept = ["PATH", "HOME", "DENO_DIR"].map((
    key,
  ) => [key, Deno.env.get(key)]);
  const env = {
    ...Object.fromEntries(kept.filter(([, value]) => value)),
    ...launched.env,
  };
  const start = performance.now();
  const process = new Deno.Command(command, {
    args: [...launched.args],
    env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  let ended: Promise<unknown> | undefined;
  const kill = async () => {
    ended ??= (process.kill("SIGKILL"), process.status);
    await ended;
  };
  try {
    await firstAnswer(launched);
    const startMs = performance.now() - start;
    const { pid } = process;
    return {
      name,
      port,
      pid,
      headers,
      model,
      startMs,
      kill,
      [Symbol.asyncDispose]: kill,
    };
  } catch (error) {
    await kill();
    throw error;
  }
}

/** Asks again and again until a chat is answered. */
async function firstAnswer(
  { name, port, headers, model }: Launch,
): Promise<void> {
  const messages = [{ role: "user", content: "Are you there?" }];
  const request = chatRequest(port, headers, { model, messages });
  const deadline = performance.now() + START_DEADLINE_MS;
  while (performance.now() < deadline) {
    try {
      using connection = await ClientConnection.open(port);
      const { status, bytes } = await connection.ask(request);
      if (status === 200) return;
      throw new Error(`${name} answered: ${new TextDecoder().decode(bytes)}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  throw new Error(`${name} does not answer`);
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
