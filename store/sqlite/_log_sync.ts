// SPDX-License-Identifier: Apache-2.0

/** About how many pages a commit adds to the log, and a write within it. */
const PAGES_OF_COMMIT = 4;
const PAGES_OF_WRITE = 1 / 8;
/** SQLite moves the log into the file every 1,000 pages. */
const PAGES_OF_SYNC = 400;

/**
 * Has the log of a database (its WAL) put on disk while the program goes on. Before SQLite moves the log
 * into the file it waits until the log is on disk, and all else waits with it: 4 of the 5 ms that this
 * takes, once in some hundred writes. What is there already it need not wait for.
 *
 * Nothing relies on it. Where the log cannot be opened, for want of permission say, SQLite does it all.
 */
export class LogSync {
  readonly #path: string;
  #file: Deno.FsFile | undefined;
  #pages = 0;
  #syncing: Promise<void> | undefined;
  #isOff = false;

  /** Takes the path of the database. */
  constructor(path: string) {
    this.#path = `${path}-wal`;
  }

  /** Learns that so many writes were committed together. */
  committed(writes: number): void {
    this.#pages += PAGES_OF_COMMIT + writes * PAGES_OF_WRITE;
    if (this.#pages < PAGES_OF_SYNC || this.#syncing !== undefined || this.#isOff) return;
    this.#pages = 0;
    this.#syncing = this.#sync();
  }

  /** Closes the log. */
  async close(): Promise<void> {
    this.#isOff = true;
    await this.#syncing;
    // To close a file gives up all locks on it that the process has. On its log SQLite has none.
    this.#file?.close();
    this.#file = undefined;
  }

  async #sync(): Promise<void> {
    try {
      this.#file ??= this.#open();
      await this.#file?.syncData();
    } catch {
      this.#isOff = true;
    } finally {
      this.#syncing = undefined;
    }
  }

  #open(): Deno.FsFile | undefined {
    const { state } = Deno.permissions.querySync({ name: "read", path: this.#path });
    if (state === "granted") return Deno.openSync(this.#path, { read: true });
    this.#isOff = true;
    return undefined;
  }
}
