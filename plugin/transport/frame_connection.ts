// SPDX-License-Identifier: Apache-2.0

import type { BytePipe } from "./byte_pipe.ts";
import { byteAt, FRAME, MAX_CALLS, PROTOCOL_VERSION, readUint32 } from "./_frame.ts";
import { FrameDecoder } from "./_frame_decoder.ts";
import { FrameWriter } from "./_frame_writer.ts";
import { type CallRequest, OutgoingCall } from "./_outgoing_call.ts";
import { ProtocolError } from "./_protocol_error.ts";
import { IncomingCall } from "./incoming_call.ts";

const MAGIC: Uint8Array = new TextEncoder().encode("SIGIL\0");
const decoder = new TextDecoder();

/** A cancel and some credit may be under way for a call that has just ended. */
const LATE_FRAMES_PER_CALL = 4;
const MAX_LATE_FRAMES = 4096;

/** The largest id of a call. */
const MAX_ID = 2 ** 32 - 1;

/** What a {@linkcode FrameConnection} needs. */
export interface FrameConnectionOptions {
  /** Whose end this is: the host's calls have odd ids, the plugin's even ones. */
  readonly side: "host" | "plugin";
  /** Leads to the other side. */
  readonly pipe: BytePipe;
  /** Answers each call of the other side. Must not throw. */
  readonly serve: (call: IncomingCall) => void;
  /** Told once, when the other side is gone or broke the protocol; not after `close()`. */
  readonly onEnd: (error: ProtocolError | undefined) => void;
}

/** Calls in both directions over one pipe. */
export class FrameConnection {
  readonly #options: FrameConnectionOptions;
  readonly #writer: FrameWriter;
  readonly #outgoing = new Map<number, OutgoingCall>();
  readonly #incoming = new Map<number, IncomingCall>();
  #waiting: OutgoingCall[] = [];
  #nextId: number;
  #draining = false;
  #lateFrames = 0;
  #greeted = false;
  #over = false;
  #closedWith: { readonly error: Error } | undefined;

  /** Greets the other side and starts to read. */
  constructor(options: FrameConnectionOptions) {
    this.#options = options;
    this.#nextId = options.side === "host" ? 1 : 2;
    this.#writer = new FrameWriter(
      (bytes) => options.pipe.write(bytes),
      () => this.breach(new ProtocolError("it does not read what it is sent")),
    );
    this.#greet();
    const frames = new FrameDecoder((type, id, payload) => this.#take(type, id, payload));
    options.pipe.start({
      data: (bytes) => this.#guard(() => frames.push(bytes)),
      end: () => this.#end(undefined),
    });
  }

  /** What it was closed with; `undefined` while it is open. */
  get closedWith(): Error | undefined {
    return this.#closedWith?.error;
  }

  /** How many calls are under way, in both directions. */
  get callsInFlight(): number {
    return this.#outgoing.size + this.#incoming.size + this.#waiting.length;
  }

  /** Makes a call. It is sent at once, or when there is room for it. */
  call(request: CallRequest): OutgoingCall {
    const call = new OutgoingCall(request);
    if (this.#closedWith !== undefined) call.fail(this.#closedWith.error);
    else this.#waiting.push(call);
    this.#sendWaiting();
    call.keepRequest();
    return call;
  }

  /** Ends the connection because the other side broke the protocol. */
  breach(error: ProtocolError): void {
    this.#end(error);
  }

  /** Ends the connection: every call in flight, and every later one, fails with `error`. */
  close(error: Error): void {
    if (this.#closedWith !== undefined) return;
    this.#closedWith = { error };
    this.#over = true;
    this.#writer.close();
    this.#options.pipe.close();
    for (const call of [...this.#outgoing.values(), ...this.#waiting]) call.fail(error);
    for (const call of [...this.#incoming.values()]) call.cancel();
    this.#outgoing.clear();
    this.#waiting = [];
  }

  #greet(): void {
    const payload = this.#writer.frame(FRAME.hello, 0, 8);
    payload.set(MAGIC);
    payload[7] = PROTOCOL_VERSION;
  }

  #end(error: ProtocolError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.onEnd(error);
  }

  #guard(run: () => void): void {
    if (this.#over) return;
    try {
      run();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.breach(error);
    }
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0 && this.#outgoing.size < MAX_CALLS) {
      if (this.#writer.full) return this.#sendWhenDrained();
      const call = this.#waiting.shift();
      if (call === undefined || call.abandoned) continue;
      const id = this.#takeId();
      this.#outgoing.set(id, call);
      call.send(this.#writer, id);
    }
  }

  #sendWhenDrained(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#writer.drained().then(() => {
      this.#draining = false;
      this.#sendWaiting();
    });
  }

  #takeId(): number {
    let id = this.#nextId;
    while (this.#outgoing.has(id)) id = this.#idAfter(id);
    this.#nextId = this.#idAfter(id);
    return id;
  }

  #idAfter(id: number): number {
    return id + 2 <= MAX_ID ? id + 2 : (id % 2 === 0 ? 2 : 1);
  }

  #take(type: number, id: number, payload: Uint8Array): void {
    if (this.#over) return;
    if (!this.#greeted) return this.#takeHello(type, payload);
    switch (type) {
      case FRAME.call:
        return this.#takeCall(id, payload);
      case FRAME.cancel:
        return this.#incomingCall(id)?.cancel();
      case FRAME.credit:
        return this.#incomingCall(id)?.addCredit(readUint32(payload, 0));
      case FRAME.message:
        return this.#outgoingCall(id).accept(payload);
      case FRAME.last:
        this.#outgoingCall(id).accept(payload);
        return this.#endOutgoing(id, undefined);
      case FRAME.end:
        return this.#endOutgoing(id, payload);
      default:
        throw new ProtocolError("it greeted twice");
    }
  }

  #takeHello(type: number, payload: Uint8Array): void {
    if (type !== FRAME.hello || !MAGIC.every((byte, at) => byte === payload[at])) {
      throw new ProtocolError("it did not begin with a greeting");
    }
    const version = byteAt(payload, 6) * 256 + byteAt(payload, 7);
    if (version !== PROTOCOL_VERSION) {
      throw new ProtocolError(
        `it speaks version ${version} of the protocol, not ${PROTOCOL_VERSION}`,
        { version },
      );
    }
    this.#greeted = true;
  }

  #takeCall(id: number, payload: Uint8Array): void {
    const theirs = this.#options.side === "host" ? 0 : 1;
    if (id === 0 || id % 2 !== theirs || this.#incoming.has(id)) {
      throw new ProtocolError(`it made a call with id ${id}, which is not its own to use`);
    }
    if (this.#incoming.size >= MAX_CALLS) throw new ProtocolError("it made too many calls at once");
    const pathEnd = 5 + byteAt(payload, 4);
    if (pathEnd > payload.length) throw new ProtocolError("it made a call with a broken name");
    const call = new IncomingCall({
      id,
      path: decoder.decode(payload.subarray(5, pathEnd)),
      request: payload.subarray(pathEnd),
      timeoutMs: readUint32(payload, 0),
      writer: this.#writer,
      onEnd: () => this.#endIncoming(id),
    });
    this.#incoming.set(id, call);
    this.#options.serve(call);
  }

  #endIncoming(id: number): void {
    this.#incoming.delete(id);
    this.#lateFrames = Math.min(this.#lateFrames + LATE_FRAMES_PER_CALL, MAX_LATE_FRAMES);
  }

  /** A frame for a call that has ended may be late; more than can be late are a flood. */
  #incomingCall(id: number): IncomingCall | undefined {
    const call = this.#incoming.get(id);
    if (call !== undefined) return call;
    this.#lateFrames--;
    if (this.#lateFrames < 0) {
      throw new ProtocolError(`it spoke of a call ${id} that it never made`);
    }
    return undefined;
  }

  #outgoingCall(id: number): OutgoingCall {
    const call = this.#outgoing.get(id);
    if (call !== undefined) return call;
    throw new ProtocolError(`it answered a call ${id} that nobody made`);
  }

  #endOutgoing(id: number, payload: Uint8Array | undefined): void {
    this.#outgoingCall(id).end(payload);
    this.#outgoing.delete(id);
    this.#sendWaiting();
  }
}
