// SPDX-License-Identifier: Apache-2.0

import { cannot } from "../_cannot.ts";
import { completePairing } from "../_complete.ts";
import { checkKey } from "../_validate.ts";
import type { CallOptions } from "../options.ts";
import {
  type Pairing,
  PAIRING_STATUSES,
  type PairingInput,
  type PairingStore,
} from "../pairing_store.ts";
import type { Database } from "./_database.ts";
import { readWord } from "./_decode.ts";

type PairingRow = readonly [
  id: string,
  userId: string,
  channelType: string,
  channelId: string,
  workspaceId: string,
  status: string,
  createdAt: number,
];

const SELECT = `
  SELECT pairings.id, users.id, channel_type, channel_id, workspace_id, status, pairings.created_at
  FROM pairings JOIN users ON users.number = pairings.user`;
const INSERT = `
  INSERT INTO pairings (id, user, channel_type, channel_id, workspace_id, status, created_at)
  SELECT ?, number, ?, ?, ?, ?, ? FROM users WHERE id = ?`;
const SELECT_BY_CHANNEL = `
  ${SELECT} WHERE channel_type = ? AND channel_id = ?
  ORDER BY status = 'active' DESC, pairings.created_at DESC, pairings.id DESC LIMIT 1`;
const SELECT_OF_USER = `${SELECT} WHERE channel_type = ? AND channel_id = ? AND users.id = ?`;
const SELECT_BY_USER = `${SELECT} WHERE users.id = ? ORDER BY pairings.created_at, pairings.id`;
const UPDATE = "UPDATE pairings SET status = ?, workspace_id = ? WHERE id = ?";
const DELETE = "DELETE FROM pairings WHERE id = ?";

/** Keeps pairings in a gateway database that is already open. */
export class SqlitePairingStore implements PairingStore {
  readonly #database: Database;

  /** Borrows the database: whoever opened it closes it. */
  constructor(database: Database) {
    this.#database = database;
  }

  async create(input: PairingInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "create pairing", subject: input.id };
    const { id, userId, channelType, channelId, workspaceId, status, createdAt } = completePairing(
      task,
      input,
    );
    const row = [id, channelType, channelId, workspaceId, status, createdAt.getTime(), userId];
    await this.#database.write(task, () => {
      if (this.#database.prepare(INSERT).run(...row) > 0) return;
      throw cannot(task, "not_found", `no user has the id ${JSON.stringify(userId)}`);
    }, options.signal);
  }

  async getByChannel(
    channelType: string,
    channelId: string,
    options: CallOptions & { readonly userId?: string | undefined } = {},
  ): Promise<Pairing> {
    const task = { action: "get pairing of chat", subject: `${channelType}:${channelId}` };
    checkKey(task, "channelType", channelType);
    checkKey(task, "channelId", channelId);
    const { userId } = options;
    const chat = [channelType, channelId];
    const row = await this.#database.read(task, () => {
      if (userId === undefined) {
        return this.#database.prepare<PairingRow>(SELECT_BY_CHANNEL).get(...chat);
      }
      return this.#database.prepare<PairingRow>(SELECT_OF_USER).get(
        ...chat,
        checkKey(task, "userId", userId),
      );
    }, options.signal);
    if (row === undefined) throw cannot(task, "not_found", "nobody is paired on that chat");
    return fromPairingRow(row);
  }

  async getByUser(userId: string, options: CallOptions = {}): Promise<readonly Pairing[]> {
    const task = { action: "get pairings of user", subject: userId };
    checkKey(task, "userId", userId);
    const run = () => this.#database.prepare<PairingRow>(SELECT_BY_USER).all(userId);
    return (await this.#database.read(task, run, options.signal)).map(fromPairingRow);
  }

  async update(input: PairingInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "update pairing", subject: input.id };
    const { id, status, workspaceId } = completePairing(task, input);
    await this.#database.write(task, () => {
      if (this.#database.prepare(UPDATE).run(status, workspaceId, id) > 0) return;
      throw cannot(task, "not_found", "no pairing has that id");
    }, options.signal);
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    const task = { action: "delete pairing", subject: id };
    checkKey(task, "id", id);
    await this.#database.write(task, () => {
      if (this.#database.prepare(DELETE).run(id) === 0) {
        throw cannot(task, "not_found", "no pairing has that id");
      }
    }, options.signal);
  }
}

function fromPairingRow(row: PairingRow): Pairing {
  return {
    id: row[0],
    userId: row[1],
    channelType: row[2],
    channelId: row[3],
    workspaceId: row[4],
    status: readWord(row[5], PAIRING_STATUSES),
    createdAt: new Date(row[6]),
  };
}
