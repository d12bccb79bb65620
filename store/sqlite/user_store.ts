// SPDX-License-Identifier: Apache-2.0

import { cannot, type Task } from "../_cannot.ts";
import { completeUser } from "../_complete.ts";
import { checkCount, checkKey, checkLimit } from "../_validate.ts";
import type { CallOptions, ListOptions } from "../options.ts";
import type { User, UserIdentity, UserInput, UserStore } from "../user_store.ts";
import type { Database } from "./_database.ts";
import { readJson } from "./_decode.ts";
import { UserCache } from "./_user_cache.ts";

type UserRow = readonly [
  id: string,
  name: string,
  role: string,
  createdAt: number,
  updatedAt: number,
  identities: string,
];

const COLUMNS = `
  id, name, role, created_at, updated_at,
  (SELECT json_group_array(json_object('channel', channel, 'platformId', platform_id) ORDER BY position)
   FROM user_identities WHERE user = users.number)`;
const INSERT =
  "INSERT INTO users (id, name, role, created_at, updated_at) VALUES (?, ?, ?, ?, ?) RETURNING number";
const UPDATE = "UPDATE users SET name = ?, role = ?, updated_at = ? WHERE id = ? RETURNING number";
const INSERT_IDENTITY =
  "INSERT INTO user_identities (user, position, channel, platform_id) VALUES (?, ?, ?, ?)";
const DELETE_IDENTITIES = "DELETE FROM user_identities WHERE user = ?";
const SELECT_OWNER = `
  SELECT id FROM users JOIN user_identities ON user = number WHERE channel = ? AND platform_id = ?`;
const SELECT = `SELECT ${COLUMNS} FROM users WHERE id = ?`;
const SELECT_BY_IDENTITY = `
  SELECT ${COLUMNS} FROM users
  WHERE number = (SELECT user FROM user_identities WHERE channel = ? AND platform_id = ?)`;
const LIST = `SELECT ${COLUMNS} FROM users ORDER BY name, id LIMIT ? OFFSET ?`;
const DELETE = "DELETE FROM users WHERE id = ?";

/** Keeps users in a gateway database that is already open. */
export class SqliteUserStore implements UserStore {
  readonly #database: Database;
  readonly #cache: UserCache;

  /** Borrows the database: whoever opened it closes it. */
  constructor(database: Database) {
    this.#database = database;
    this.#cache = new UserCache(database);
  }

  async create(input: UserInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "create user", subject: input.id };
    const user = completeUser(task, input);
    const row = [user.id, user.name, user.role, user.createdAt.getTime(), user.updatedAt.getTime()];
    const run = () => {
      const number = this.#database.prepare<[number]>(INSERT).get(...row)?.[0];
      if (number !== undefined) this.#putIdentities(task, number, user.identities);
    };
    await this.#write(task, run, options);
  }

  async get(id: string, options: CallOptions = {}): Promise<User> {
    const task = { action: "get user", subject: id };
    checkKey(task, "id", id);
    return await this.#database.readUnlessKnown(task, () => this.#cache.find(id), () => {
      const row = this.#database.prepare<UserRow>(SELECT).get(id);
      if (row === undefined) throw cannot(task, "not_found", "no user has that id");
      const user = fromUserRow(row);
      this.#cache.keep(user);
      return user;
    }, options.signal);
  }

  async getByExternalId(
    channel: string,
    platformId: string,
    options: CallOptions = {},
  ): Promise<User> {
    const task = { action: "get user by identity", subject: `${channel}:${platformId}` };
    checkKey(task, "channel", channel);
    checkKey(task, "platformId", platformId);
    const run = () => this.#database.prepare<UserRow>(SELECT_BY_IDENTITY).get(channel, platformId);
    const row = await this.#database.read(task, run, options.signal);
    if (row === undefined) throw cannot(task, "not_found", "no user has that identity");
    return fromUserRow(row);
  }

  async update(input: UserInput, options: CallOptions = {}): Promise<void> {
    const task = { action: "update user", subject: input.id };
    const user = completeUser(task, { updatedAt: new Date(), ...input });
    const run = () => {
      const values = [user.name, user.role, user.updatedAt.getTime(), user.id];
      const number = this.#database.prepare<[number]>(UPDATE).get(...values)?.[0];
      if (number === undefined) throw cannot(task, "not_found", "no user has that id");
      this.#database.prepare(DELETE_IDENTITIES).run(number);
      this.#putIdentities(task, number, user.identities);
    };
    await this.#write(task, run, options);
  }

  async list(options: ListOptions = {}): Promise<readonly User[]> {
    const task = { action: "list", subject: "users" };
    const limit = checkLimit(task, options.limit);
    const offset = checkCount(task, "offset", options.offset ?? 0);
    const run = () => this.#database.prepare<UserRow>(LIST).all(limit, offset);
    return (await this.#database.read(task, run, options.signal)).map(fromUserRow);
  }

  async delete(id: string, options: CallOptions = {}): Promise<void> {
    const task = { action: "delete user", subject: id };
    checkKey(task, "id", id);
    const run = () => {
      if (this.#database.prepare(DELETE).run(id) === 0) {
        throw cannot(task, "not_found", "no user has that id");
      }
    };
    await this.#write(task, run, options);
  }

  async #write(task: Task, run: () => void, { signal }: CallOptions): Promise<void> {
    await this.#cache.write(() => this.#database.transaction(task, run, signal));
  }

  #putIdentities(task: Task, number: number, identities: readonly UserIdentity[]): void {
    identities.forEach(({ channel, platformId }, position) => {
      const owner = this.#database.prepare<[string]>(SELECT_OWNER).get(channel, platformId)?.[0];
      if (owner !== undefined) {
        throw cannot(
          task,
          "conflict",
          `the identity ${channel}:${platformId} belongs to user ${JSON.stringify(owner)}`,
        );
      }
      this.#database.prepare(INSERT_IDENTITY).run(number, position, channel, platformId);
    });
  }
}

function fromUserRow(row: UserRow): User {
  return {
    id: row[0],
    name: row[1],
    role: row[2],
    identities: readJson(row[5]),
    createdAt: new Date(row[3]),
    updatedAt: new Date(row[4]),
  };
}
