// SPDX-License-Identifier: Apache-2.0

import { createTarDecoder, type ParsedTarEntry } from "modern-tar";
import { dirname } from "node:path";
import { PluginError } from "../errors.ts";
import { checkSize, filePathProblem, MAX_BYTES, MAX_FILES, unsafe } from "./_plugin_files.ts";

/** Room for the archive's own headers, of which each file has a few. */
const MAX_ARCHIVE_BYTES = MAX_BYTES + MAX_FILES * 4096;

/**
 * Unpacks a `.tar`, compressed with gzip or not, into an empty folder. Only files and folders come
 * out of it, and only inside that folder.
 */
export async function unpackArchive(
  archive: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    using file = await Deno.open(archive);
    const decoder = createTarDecoder({ strict: true });
    const entries = (await plainBytes(file)).pipeThrough(decoder, signal && { signal });
    await writeEntries(entries, archive, target);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof PluginError) throw error;
    throw unreadable(archive, error);
  }
}

async function writeEntries(
  entries: ReadableStream<ParsedTarEntry>,
  archive: string,
  target: string,
): Promise<void> {
  let count = 0;
  let bytes = 0;
  for await (const { header, body } of entries) {
    const path = header.name.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
    checkSize(archive, ++count, bytes += header.size);
    if (header.type !== "file" && header.type !== "directory") {
      throw unsafe(archive, path, `it is a ${header.type}`);
    }
    const problem = path === "" || path === "." ? undefined : filePathProblem(path);
    if (problem !== undefined) throw unsafe(archive, path, problem);
    if (header.type === "file") await writeFile(`${target}/${path}`, body);
    else await body.cancel();
  }
}

async function writeFile(path: string, content: ReadableStream<Uint8Array>): Promise<void> {
  // A container's user reads it; all others are kept out where the folder of plugins begins.
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const file = await Deno.open(path, { write: true, createNew: true, mode: 0o644 });
  await content.pipeTo(file.writable);
}

/** The bytes of the tar itself, and no more of them than a plugin may have. */
async function plainBytes(file: Deno.FsFile): Promise<ReadableStream<Uint8Array>> {
  const start = new Uint8Array(2);
  await file.read(start);
  await file.seek(0, Deno.SeekMode.Start);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  const bytes = isGzip ? file.readable.pipeThrough(new DecompressionStream("gzip")) : file.readable;
  let left = MAX_ARCHIVE_BYTES;
  return bytes.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        left -= chunk.length;
        if (left < 0) throw new RangeError("it is too large");
        controller.enqueue(chunk);
      },
    }),
  );
}

function unreadable(archive: string, cause: unknown): PluginError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `Cannot unpack the plugin archive "${archive}": ${reason}`;
  return new PluginError("unavailable", message, { cause });
}
