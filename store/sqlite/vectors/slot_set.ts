// SPDX-License-Identifier: Apache-2.0

/** A set of slots, one bit for each, that grows as needed. Slots are whole numbers from 0. */
export class SlotSet {
  #bits = new Uint8Array(32);

  /** Adds a slot. */
  add(slot: number): void {
    const index = slot >>> 3;
    if (index >= this.#bits.length) this.#grow(index + 1);
    this.#bits[index] = (this.#bits[index] ?? 0) | (1 << (slot & 7));
  }

  /** Removes a slot. */
  delete(slot: number): void {
    const index = slot >>> 3;
    if (index < this.#bits.length) {
      this.#bits[index] = (this.#bits[index] ?? 0) & ~(1 << (slot & 7));
    }
  }

  /** Tells whether a slot is in it. */
  has(slot: number): boolean {
    return ((this.#bits[slot >>> 3] ?? 0) & (1 << (slot & 7))) !== 0;
  }

  /** Gives the slots that are in both. */
  intersection(other: SlotSet): SlotSet {
    const both = new SlotSet();
    both.#bits = this.#bits.map((byte, index) => byte & (other.#bits[index] ?? 0));
    return both;
  }

  /** Writes the bits of slots from `8 * firstByte` on into `target`, zeros past the end. */
  copyTo(target: Uint8Array, firstByte: number): void {
    const part = this.#bits.subarray(firstByte, firstByte + target.length);
    target.set(part);
    target.fill(0, part.length);
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, this.#bits.length * 2));
    grown.set(this.#bits);
    this.#bits = grown;
  }
}
