// SPDX-License-Identifier: Apache-2.0

import type { ToolCall } from "../chat.ts";
import { notItsFormat } from "../vendor_call/guard_error.ts";
import type { WireToolCallPiece } from "./schemas.ts";

interface OpenCall {
  readonly index: number | undefined;
  id: string;
  name: string;
  text: string;
}

/** Puts the calls of tools together, which a stream brings in pieces. */
export class ToolCallPieces {
  readonly #calls: OpenCall[] = [];

  /** Takes a piece: it goes on with the call that it names, by its place or its id, or begins one. */
  take({ index, id, function: { name, arguments: text } }: WireToolCallPiece): void {
    const piece = { index: index ?? undefined, id: id?.trim() ?? "", name: name?.trim() ?? "" };
    const call = this.#find(piece) ?? this.#begin(piece);
    call.id ||= piece.id;
    call.name ||= piece.name;
    call.text += text ?? "";
  }

  /**
   * Gives the calls, which are whole now, in the order of their places.
   *
   * @throws {GuardError} With code `invalid_response` when one names no tool.
   */
  end(): readonly ToolCall[] {
    const calls = this.#calls.filter(({ name, text }) => name !== "" || text !== "");
    if (calls.some(({ name }) => name === "")) throw notItsFormat();
    if (calls.every(({ index }) => index !== undefined)) {
      calls.sort((left, right) => (left.index ?? 0) - (right.index ?? 0));
    }
    const taken = new Set<string>();
    return calls.map(({ id, name, text }) => ({ id: ownId(id, taken), name, arguments: text }));
  }

  #find(piece: Omit<OpenCall, "text">): OpenCall | undefined {
    const { index, id, name } = piece;
    if (index !== undefined) {
      const call = this.#calls.findLast((one) => one.index === index);
      return call !== undefined && isAnother(call, piece) ? undefined : call;
    }
    const known = id === "" ? undefined : this.#calls.findLast((one) => one.id === id);
    // Without a place or an id only a name can tell that another call begins.
    return known ?? (id === "" && name === "" ? this.#calls.at(-1) : undefined);
  }

  #begin({ index, id, name }: Omit<OpenCall, "text">): OpenCall {
    const call = { index, id, name, text: "" };
    this.#calls.push(call);
    return call;
  }
}

/** Some vendors give all calls the same place: then it is the id and the name that tell them apart. */
function isAnother(call: OpenCall, { id, name }: Omit<OpenCall, "text">): boolean {
  if (name === "" || call.name === "") return false;
  return name !== call.name || (id !== "" && call.id !== "" && id !== call.id);
}

/** Each call has an id of its own, whatever the vendor gave. */
export function ownId(id: string, taken: Set<string>): string {
  const own = id === "" || taken.has(id) ? `call_${crypto.randomUUID()}` : id;
  taken.add(own);
  return own;
}
