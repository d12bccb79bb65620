// SPDX-License-Identifier: Apache-2.0

import { volumeFolders } from "../container_command.ts";
import { PluginError } from "../errors.ts";
import type { Manifest } from "../manifest.ts";
import { parseSize } from "../units.ts";
import type { Delay } from "./_delay.ts";
import { measureFolder } from "./_measure_folder.ts";

/** What a {@linkcode VolumeGuard} needs. */
export interface VolumeGuardOptions {
  /** Whose volumes they are. */
  readonly manifest: Pick<Manifest, "name" | "storage">;
  /** In which folder they are. */
  readonly dataDirectory: string;
  /** How long the time between two looks is, in milliseconds. */
  readonly intervalMs: number;
  /** How soon after a call it looks, in milliseconds. */
  readonly restMs: number;
  /** Waits. */
  readonly delay: Delay;
  /** Told once of each volume that is nearly full. */
  readonly warn: (message: string) => void;
}

/** A volume that has a limit. */
interface LimitedVolume {
  readonly name: string;
  readonly path: string;
  readonly limit: string;
  readonly limitBytes: number;
}

/** How full a volume is when somebody is told. */
const NEARLY_FULL = 0.9;

/**
 * Sees to it that the volumes of a plugin do not outgrow `size_limit`.
 *
 * Nothing stops a write: a volume may grow beyond its limit until the next look.
 */
export class VolumeGuard {
  readonly #options: VolumeGuardOptions;
  readonly #volumes: readonly LimitedVolume[];
  readonly #warned: Set<string> = new Set();
  #used = Promise.withResolvers<void>();

  /** Guards what the manifest gives a limit. */
  constructor(options: VolumeGuardOptions) {
    this.#options = options;
    this.#volumes = limitedVolumes(options);
  }

  /**
   * Measures every volume.
   *
   * @throws {PluginError} With code `over_limit` when one is over its limit, or cannot be measured.
   */
  async check(signal: AbortSignal): Promise<void> {
    for (const volume of this.#volumes) {
      const bytes = await this.#measure(volume, signal);
      if (bytes > volume.limitBytes) {
        throw this.#error(volume, `is over its limit of ${volume.limit}`);
      }
      this.#warnOnce(volume, bytes);
    }
  }

  /**
   * Looks again and again, until the signal aborts; at nothing when no volume has a limit.
   *
   * Rejects as {@linkcode check} does, or with the signal's reason.
   */
  async watch(signal: AbortSignal): Promise<void> {
    const { delay, intervalMs, restMs } = this.#options;
    while (this.#volumes.length > 0) {
      const early = new AbortController();
      const waiting = AbortSignal.any([signal, early.signal]);
      const late = delay(intervalMs, waiting).catch(() => {});
      await Promise.race([late, this.#used.promise]);
      early.abort();
      this.#used = Promise.withResolvers();
      await delay(restMs, signal);
      await this.check(signal);
    }
  }

  /** Takes that the plugin has done something. */
  used(): void {
    this.#used.resolve();
  }

  async #measure(volume: LimitedVolume, signal: AbortSignal): Promise<number> {
    try {
      return await measureFolder(volume.path, volume.limitBytes, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw this.#error(volume, `cannot be measured: ${String(error)}`);
    }
  }

  #warnOnce({ name, limit, limitBytes }: LimitedVolume, bytes: number): void {
    const isFull = bytes > limitBytes * NEARLY_FULL;
    if (isFull && !this.#warned.has(name)) {
      this.#options.warn(`Its volume "${name}" is nearly full: it is stopped beyond ${limit}`);
    }
    if (isFull) this.#warned.add(name);
    else this.#warned.delete(name);
  }

  #error({ name }: LimitedVolume, reason: string): PluginError {
    const plugin = this.#options.manifest.name;
    const message = `Cannot use plugin "${plugin}": its volume "${name}" ${reason}`;
    return new PluginError("over_limit", message, { plugin });
  }
}

function limitedVolumes(
  { manifest, dataDirectory }: VolumeGuardOptions,
): readonly LimitedVolume[] {
  const limits = new Map(manifest.storage?.volumes?.map((each) => [each.name, each.size_limit]));
  return volumeFolders(manifest, { dataDirectory }).flatMap(({ name, path }) => {
    const limit = limits.get(name);
    return limit === undefined ? [] : [{ name, path, limit, limitBytes: parseSize(limit) }];
  });
}
