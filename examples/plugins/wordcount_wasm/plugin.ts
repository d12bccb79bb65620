// SPDX-License-Identifier: Apache-2.0
// AssemblyScript, compiled into plugin.wasm by `deno task wasm`.

import { Host } from "@extism/as-pdk";

const DESCRIPTION = `[{
  "name": "count",
  "description": "Counts the lines, words and characters of a text",
  "input": {
    "type": "object",
    "properties": { "text": { "type": "string" } },
    "required": ["text"],
    "additionalProperties": false
  }
}]`;

/** Tells which tools there are. */
export function describe(): i32 {
  return give(DESCRIPTION);
}

/** The tool. Its input is the arguments as JSON: `{"text":"..."}`. */
export function count(): i32 {
  const text = textOf(Host.inputString());
  let lines = 0, words = 0, characters = 0;
  let last = 0x0a;
  for (let i = 0; i < text.length; i++) {
    const unit = text[i];
    if (last == 0x0a) lines++;
    if (!isLowSurrogate(unit)) characters++;
    if (!isSpace(unit) && isSpace(last)) words++;
    last = unit;
  }
  return give(`${lines} lines, ${words} words, ${characters} characters`);
}

/** The PDK's own `outputString` takes every character for one byte. */
function give(text: string): i32 {
  Host.output(Uint8Array.wrap(String.UTF8.encode(text)));
  return 0;
}

/** The one value of the arguments, which the gateway has checked to be a text, in UTF-16 units. */
function textOf(json: string): Uint16Array {
  const end = json.lastIndexOf('"');
  const units = new Uint16Array(json.length);
  let length = 0;
  for (let i = json.indexOf('"', json.indexOf(":")) + 1; i < end; i++) {
    let unit = json.charCodeAt(i);
    if (unit == 0x5c) {
      unit = json.charCodeAt(++i);
      if (unit == 0x75) {
        unit = <i32> parseInt(json.substr(i + 1, 4), 16);
        i += 4;
      } else {
        unit = escaped(unit);
      }
    }
    units[length++] = <u16> unit;
  }
  return units.subarray(0, length);
}

/** What stands for a character after a backslash: itself, but for five letters. */
function escaped(unit: i32): i32 {
  switch (unit) {
    case 0x62:
      return 0x08;
    case 0x66:
      return 0x0c;
    case 0x6e:
      return 0x0a;
    case 0x72:
      return 0x0d;
    case 0x74:
      return 0x09;
    default:
      return unit;
  }
}

function isSpace(unit: i32): bool {
  return unit == 0x20 || (unit >= 0x09 && unit <= 0x0d) || unit == 0xa0 || unit == 0x3000;
}

function isLowSurrogate(unit: i32): bool {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
