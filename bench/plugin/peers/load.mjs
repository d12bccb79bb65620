// SPDX-License-Identifier: Apache-2.0

/**
 * The load, the same for every subject: runs under Node and under Deno, which is why it is no
 * TypeScript. A driver takes jobs as lines of JSON on stdin and answers each with one on stdout.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";

/**
 * A process under measurement, and how it is called.
 *
 * @typedef {object} Subject
 * @property {number} pid Its process, or the wrapper around it.
 * @property {() => Promise<unknown>} bare The least call that there is.
 * @property {(text: string) => Promise<string>} tool Runs a tool that gives back its text.
 * @property {(chunks: number, bytes: number, take: (text: string) => void) => Promise<void>} stream
 * Runs a tool that gives so many chunks of so many bytes.
 * @property {() => Promise<unknown>} close Ends it.
 */

/**
 * Opens a subject and makes its first call.
 *
 * @typedef {(variant: string) => Promise<Subject>} OpenSubject
 */

/** What a tool is asked to give back. */
const TEXT = "How is the weather in Turku today?";

/**
 * Does the jobs until stdin ends.
 *
 * @param {OpenSubject} open
 * @returns {Promise<void>}
 */
export async function serveJobs(open) {
  /** @type {Subject[]} */
  const held = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await doJob(JSON.parse(line), open, held);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  await release(held);
}

/**
 * @param {any} job
 * @param {OpenSubject} open
 * @param {Subject[]} held
 */
async function doJob(job, open, held) {
  switch (job.type) {
    case "start":
      return await timeStart(open, job.variant);
    case "hold":
      for (let left = job.count; left > 0; left--) {
        held.push(await open(job.variant));
      }
      return { pids: held.map(({ pid }) => pid) };
    case "release":
      await release(held);
      return {};
    case "latency":
      return await timeCalls(caller(held[0], job.call), job.milliseconds);
    case "rate":
      return await countCalls(caller(held[0], job.call), job);
    case "stream":
      return await timeStreams(held[0], job);
    default:
      throw new Error(`There is no job "${job.type}"`);
  }
}

/** @param {Subject[]} held */
async function release(held) {
  for (const subject of held.splice(0)) await subject.close();
}

/**
 * @param {OpenSubject} open
 * @param {string} variant
 */
async function timeStart(open, variant) {
  const start = performance.now();
  const subject = await open(variant);
  const milliseconds = performance.now() - start;
  await subject.close();
  return { milliseconds };
}

/**
 * @param {Subject | undefined} subject
 * @param {"bare" | "tool"} call
 * @returns {() => Promise<unknown>}
 */
function caller(subject, call) {
  if (subject === undefined) {
    throw new Error("There is no subject to be called");
  }
  if (call === "bare") return () => subject.bare();
  return async () => {
    const answer = await subject.tool(TEXT);
    if (answer !== TEXT) throw new Error(`A wrong answer: ${answer}`);
  };
}

/**
 * @param {() => Promise<unknown>} call
 * @param {number} milliseconds
 */
async function timeCalls(call, milliseconds) {
  const times = [];
  const end = performance.now() + milliseconds;
  for (let now = performance.now(); now < end;) {
    await call();
    const after = performance.now();
    times.push(after - now);
    now = after;
  }
  times.sort((left, right) => left - right);
  const micros = (/** @type {number} */ part) =>
    1000 * (times[Math.floor(times.length * part)] ?? NaN);
  return {
    p50Micros: micros(0.5),
    p99Micros: micros(0.99),
    calls: times.length,
  };
}

/**
 * @param {() => Promise<unknown>} call
 * @param {{ inFlight: number, milliseconds: number }} job
 */
async function countCalls(call, { inFlight, milliseconds }) {
  const start = performance.now();
  const end = start + milliseconds;
  let calls = 0;
  const lane = async () => {
    while (performance.now() < end) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { perSecond: calls / ((performance.now() - start) / 1000), calls };
}

/**
 * @param {Subject | undefined} subject
 * @param {{ chunks: number, bytes: number, milliseconds: number }} job
 */
async function timeStreams(subject, { chunks, bytes, milliseconds }) {
  if (subject === undefined) {
    throw new Error("There is no subject to be called");
  }
  let streams = 0;
  const start = performance.now();
  while (performance.now() < start + milliseconds) {
    let taken = 0;
    await subject.stream(chunks, bytes, (text) => taken += text.length);
    if (taken !== chunks * bytes) {
      throw new Error(`${taken} bytes of ${chunks} x ${bytes} came`);
    }
    streams++;
  }
  const seconds = (performance.now() - start) / 1000;
  const chunksPerSecond = streams * chunks / seconds;
  return {
    chunksPerSecond,
    megabytesPerSecond: chunksPerSecond * bytes / 1e6,
    streams,
  };
}
