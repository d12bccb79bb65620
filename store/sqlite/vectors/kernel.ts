// SPDX-License-Identifier: Apache-2.0

// The part of the vector engine that must be fast, in AssemblyScript: SIMD WebAssembly that looks
// like TypeScript. `deno task kernel` compiles it into kernel_wasm.ts. It allocates nothing: whoever
// calls it lays out the memory and hands in addresses.

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
 * Offers rows to the heap, each with its score, and gives how many the heap holds then.
 *
 * Rows are codes, scored by their dot product with the query's, or sketches, scored by the bits that
 * differ from the query's, which are counted down from 0.
 *
 * @param query As many bytes as a row has; of signed numbers when rows are codes.
 * @param rows The first row of the first chunk.
 * @param rowBytes A multiple of 64 for codes, of 8 for sketches.
 * @param chunks How many chunks of 256 rows.
 * @param chunkStep Bytes from the first row of one chunk to that of the next.
 * @param masks Which rows take part: one bit for each row of the first chunk.
 * @param maskStep Bytes from the mask of one chunk to that of the next.
 * @param slot The slot of the first row.
 */
export function scan(
  query: usize,
  rows: usize,
  rowBytes: usize,
  chunks: i32,
  chunkStep: usize,
  masks: usize,
  maskStep: usize,
  slot: i32,
  areSketches: bool,
): i32 {
  for (let chunk = 0; chunk < chunks; chunk++) {
    for (let part: usize = 0; part < 4; part++) {
      const wanted = load<u64>(masks + (part << 3));
      const first = rows + part * 64 * rowBytes;
      if (areSketches) scanSketches(query, first, rowBytes, wanted, slot);
      else if (popcnt<u64>(wanted) >= 16) scanAllCodes(query, first, rowBytes, wanted, slot);
      else scanCodes(query, first, rowBytes, wanted, slot);
      slot += 64;
    }
    rows += chunkStep;
    masks += maskStep;
  }
  return size;
}

/** Offers those of 64 codes whose bit is set. */
function scanCodes(query: usize, codes: usize, stride: usize, wanted: u64, slot: i32): void {
  while (wanted != 0) {
    const row = ctz<u64>(wanted);
    wanted &= wanted - 1;
    const score = dot(query, codes + (row as usize) * stride, stride);
    if (score > threshold) offer(score, slot + (row as i32));
  }
}

/**
 * Does the same by looking at all of them: memory is read ahead in order, so where many rows are
 * wanted, skipping the others costs more than it saves.
 */
function scanAllCodes(query: usize, codes: usize, stride: usize, wanted: u64, slot: i32): void {
  for (let row = 0; row < 64; row++) {
    const score = dot(query, codes, stride);
    if (score > threshold && (wanted >> (row as u64)) & 1) offer(score, slot + row);
    codes += stride;
  }
}

/** Offers those of 64 sketches whose bit is set. */
function scanSketches(query: usize, sketches: usize, bytes: usize, wanted: u64, slot: i32): void {
  while (wanted != 0) {
    const row = ctz<u64>(wanted);
    wanted &= wanted - 1;
    const score = -difference(query, sketches + (row as usize) * bytes, bytes);
    if (score > threshold) offer(score, slot + (row as i32));
  }
}

/** Offers the rows of a list, which is another heap, with the scores of their codes. */
export function refine(
  query: usize,
  codes: usize,
  stride: usize,
  chunkStep: usize,
  list: usize,
  count: i32,
): i32 {
  for (let i = 0; i < count; i++) {
    const slot = ~load<i32>(list + ((i as usize) << 3));
    const code = codes + ((slot >> 8) as usize) * chunkStep + ((slot & 255) as usize) * stride;
    const score = dot(query, code, stride);
    if (score > threshold) offer(score, slot);
  }
  return size;
}

/** Gives how many bits differ. */
function difference(query: usize, sketch: usize, bytes: usize): i32 {
  let count: u64 = 0;
  const end = query + bytes;
  for (const last = end - 24; query < last; query += 32, sketch += 32) {
    count += popcnt<u64>(load<u64>(query) ^ load<u64>(sketch)) +
      popcnt<u64>(load<u64>(query, 8) ^ load<u64>(sketch, 8)) +
      popcnt<u64>(load<u64>(query, 16) ^ load<u64>(sketch, 16)) +
      popcnt<u64>(load<u64>(query, 24) ^ load<u64>(sketch, 24));
  }
  for (; query < end; query += 8, sketch += 8) {
    count += popcnt<u64>(load<u64>(query) ^ load<u64>(sketch));
  }
  return count as i32;
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

/** Makes the sketch of a code: for each component a bit, whether it is above zero. */
export function sketch(code: usize, target: usize, stride: usize): void {
  for (let i: usize = 0; i < stride; i += 16) {
    const bits = i8x16.bitmask(i8x16.shl(v128.load(code + i), 1));
    store<u16>(target + (i >> 3), bits as u16);
  }
}

function at(values: usize, index: i32): usize {
  return values + ((index as usize) << 2);
}
