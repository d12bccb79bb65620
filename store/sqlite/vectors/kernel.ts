// SPDX-License-Identifier: Apache-2.0

// The part of the vector engine that must be fast, in AssemblyScript: SIMD WebAssembly that looks
// like TypeScript. `deno task kernel` compiles it into kernel_wasm.ts. It allocates nothing: whoever
// calls it lays out the memory and hands in addresses.

/** Bytes before the 256 codes of a chunk. */
const HEAD_BYTES: usize = 64;

// --- The best so far: a binary heap with the worst on top.

let heap: usize = 0;
let capacity: i32 = 0;
let size: i32 = 0;
let threshold: i32 = i32.MIN_VALUE;

/** Takes up a heap of at most `rows` rows, 8 bytes for each, of which some are found already. */
export function resume(address: usize, rows: i32, found: i32): void {
  heap = address;
  capacity = rows;
  size = found;
  threshold = size < capacity ? i32.MIN_VALUE : (entry(0) >> 32) as i32;
}

/** Orders the heap, the best first. It cannot be resumed after that. */
export function order(): void {
  while (size > 1) {
    const worst = entry(0);
    size--;
    const last = entry(size);
    setEntry(size, worst);
    sink(last);
  }
}

/** The higher score in the upper half; of equal scores, the lower slot is the better. */
function packed(score: i32, slot: i32): i64 {
  return ((score as i64) << 32) | ((~slot as u32) as i64);
}

function entry(index: i32): i64 {
  return load<i64>(heap + ((index as usize) << 3));
}

function setEntry(index: i32, value: i64): void {
  store<i64>(heap + ((index as usize) << 3), value);
}

function offer(score: i32, slot: i32): void {
  if (size < capacity) rise(packed(score, slot));
  else sink(packed(score, slot));
  if (size == capacity) threshold = (entry(0) >> 32) as i32;
}

function rise(value: i64): void {
  let index = size++;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (entry(parent) <= value) break;
    setEntry(index, entry(parent));
    index = parent;
  }
  setEntry(index, value);
}

function sink(value: i64): void {
  let index = 0;
  for (let child = 1; child < size; child = 2 * index + 1) {
    if (child + 1 < size && entry(child + 1) < entry(child)) child++;
    if (value <= entry(child)) break;
    setEntry(index, entry(child));
    index = child;
  }
  setEntry(index, value);
}

// --- The scan.

/**
 * Offers the rows of some chunks to the heap, each with the dot product of its code and the query's,
 * and gives how many the heap holds then.
 *
 * @param query `stride` signed bytes.
 * @param chunks The first chunk; each is a head and then 256 codes of `stride` bytes from 0 to 127.
 * @param count How many chunks.
 * @param stride Bytes of a code, a multiple of 64.
 * @param masks Which rows take part: one bit for each row of the first chunk.
 * @param maskStep Bytes from the mask of one chunk to that of the next.
 * @param slot The slot of the first row.
 */
export function scan(
  query: usize,
  chunks: usize,
  count: i32,
  stride: usize,
  masks: usize,
  maskStep: usize,
  slot: i32,
): i32 {
  let codes = chunks + HEAD_BYTES;
  for (let chunk = 0; chunk < count; chunk++) {
    for (let word: usize = 0; word < 4; word++) {
      scanRows(query, codes, stride, load<u64>(masks + (word << 3)), slot);
      codes += 64 * stride;
      slot += 64;
    }
    codes += HEAD_BYTES;
    masks += maskStep;
  }
  return size;
}

/** Offers those of 64 rows whose bit is set. */
function scanRows(query: usize, codes: usize, stride: usize, wanted: u64, slot: i32): void {
  // Memory is read ahead in order: where most rows are wanted, skipping a few costs more than it saves.
  if (popcnt<u64>(wanted) >= 16) return scanEveryRow(query, codes, stride, wanted, slot);
  while (wanted != 0) {
    const row = ctz<u64>(wanted);
    wanted &= wanted - 1;
    const score = dot(query, codes + (row as usize) * stride, stride);
    if (score > threshold) offer(score, slot + (row as i32));
  }
}

function scanEveryRow(query: usize, codes: usize, stride: usize, wanted: u64, slot: i32): void {
  for (let row = 0; row < 64; row++) {
    const score = dot(query, codes, stride);
    if (score > threshold && (wanted >> (row as u64)) & 1) offer(score, slot + row);
    codes += stride;
  }
}

/**
 * Gives the dot product of the query and a code.
 *
 * Codes stay below 128, so the relaxed instruction has one result on every processor. Reading one
 * row after the other, 64 bytes at a time, keeps up with memory; four rows at once are half as fast.
 */
function dot(query: usize, code: usize, stride: usize): i32 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  for (const end = code + stride; code < end; code += 64, query += 64) {
    a = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(query), v128.load(code), a);
    b = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(query, 16), v128.load(code, 16), b);
    c = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(query, 32), v128.load(code, 32), c);
    d = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(query, 48), v128.load(code, 48), d);
  }
  const sums = i32x4.add(i32x4.add(a, b), i32x4.add(c, d));
  return i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) +
    i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
}

// --- The rotation and the codes.

/**
 * Makes a vector one long and rotates it, by rounds of: flip signs, two Walsh-Hadamard transforms
 * that overlap, permute.
 *
 * @param values `dimensions` floats, replaced.
 * @param spare Room for as many.
 * @param signs For each round, `dimensions` floats that are 1 or -1.
 * @param places For each round, `dimensions` integers: where each value comes from.
 */
export function rotate(
  values: usize,
  spare: usize,
  dimensions: i32,
  signs: usize,
  places: usize,
  rounds: i32,
): void {
  normalize(values, dimensions);
  let block = 1;
  while (block * 2 <= dimensions) block *= 2;
  for (let round = 0; round < rounds; round++) {
    const table = (round as usize) * ((dimensions as usize) << 2);
    flip(values, dimensions, signs + table);
    transform(values, block);
    if (block < dimensions) transform(values + (((dimensions - block) as usize) << 2), block);
    permute(values, spare, dimensions, places + table);
  }
}

function normalize(values: usize, dimensions: i32): void {
  let sum: f64 = 0;
  for (let i = 0; i < dimensions; i++) {
    const value = load<f32>(at(values, i)) as f64;
    sum += value * value;
  }
  const factor = 1 / Math.sqrt(sum);
  for (let i = 0; i < dimensions; i++) {
    store<f32>(at(values, i), ((load<f32>(at(values, i)) as f64) * factor) as f32);
  }
}

function flip(values: usize, dimensions: i32, signs: usize): void {
  for (let i = 0; i < dimensions; i++) {
    store<f32>(at(values, i), load<f32>(at(values, i)) * load<f32>(at(signs, i)));
  }
}

/** The Walsh-Hadamard transform of `length` floats, a power of two, scaled to keep their length. */
function transform(values: usize, length: i32): void {
  for (let half = 1; half < length; half *= 2) {
    for (let start = 0; start < length; start += 2 * half) {
      const left = at(values, start);
      if (half < 4) butterflies(left, at(left, half), half);
      else wideButterflies(left, at(left, half), half);
    }
  }
  const factor = (1 / Math.sqrt(length as f64)) as f32;
  for (let i = 0; i < length; i++) store<f32>(at(values, i), load<f32>(at(values, i)) * factor);
}

function butterflies(left: usize, right: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const a = load<f32>(at(left, i));
    const b = load<f32>(at(right, i));
    store<f32>(at(left, i), a + b);
    store<f32>(at(right, i), a - b);
  }
}

function wideButterflies(left: usize, right: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const a = v128.load(at(left, i));
    const b = v128.load(at(right, i));
    v128.store(at(left, i), f32x4.add(a, b));
    v128.store(at(right, i), f32x4.sub(a, b));
  }
}

function permute(values: usize, spare: usize, dimensions: i32, places: usize): void {
  for (let i = 0; i < dimensions; i++) {
    store<f32>(at(spare, i), load<f32>(at(values, load<i32>(at(places, i)))));
  }
  memory.copy(values, spare, (dimensions as usize) << 2);
}

/**
 * Rounds floats to whole steps, `value * scale + offset + dither`, held between `low` and `high`; gives
 * the sum of the squares of what did not fit.
 *
 * @param values `dimensions` floats.
 * @param code `stride` bytes; those past the dimensions become 0.
 * @param dither For each float, what is added to it: it makes the errors of rounding independent.
 */
export function encode(
  values: usize,
  code: usize,
  dimensions: i32,
  stride: i32,
  dither: usize,
  scale: f32,
  offset: f32,
  low: f32,
  high: f32,
): f32 {
  let excess: f32 = 0;
  for (let i = 0; i < dimensions; i++) {
    const wanted = load<f32>(at(values, i)) * scale + offset + load<f32>(at(dither, i));
    const step = min<f32>(max<f32>(nearest<f32>(wanted), low), high);
    store<i8>(code + (i as usize), step as i8);
    const missed = max<f32>(abs<f32>(wanted - step) - 0.5, 0);
    excess += missed * missed;
  }
  memory.fill(code + (dimensions as usize), 0, (stride - dimensions) as usize);
  return excess;
}

function at(values: usize, index: i32): usize {
  return values + ((index as usize) << 2);
}
