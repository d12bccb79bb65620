// SPDX-License-Identifier: Apache-2.0

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Stands before an id that was kept as text, when it is read. It is less than any digit. */
const TEXT_MARK = "!";

/** Gives what to store for an id: a UUID as the 16 bytes that it stands for, any other text as it is. */
export function packId(id: string): string | Uint8Array {
  return UUID.test(id) ? Uint8Array.fromHex(id.replaceAll("-", "")) : id;
}

/**
 * Writes the SQL that reads a column of ids for {@linkcode unpackId}. What it reads has the order of the ids,
 * but that every id which was kept as text comes first.
 */
export function selectId(column: string): string {
  return `CASE typeof(${column}) WHEN 'blob' THEN hex(${column}) ELSE '${TEXT_MARK}' || ${column} END`;
}

/**
 * Makes the id of what {@linkcode selectId} read. SQLite would take twice as long to set the dashes. Letters
 * are made small last: that leaves one text, where the parts would be kept for as long as the id is.
 */
export function unpackId(selected: string): string {
  if (!isPacked(selected)) return selected.slice(TEXT_MARK.length);
  return `${selected.slice(0, 8)}-${selected.slice(8, 12)}-${selected.slice(12, 16)}-${
    selected.slice(16, 20)
  }-${selected.slice(20)}`.toLowerCase();
}

/** Tells whether what {@linkcode selectId} read was kept in 16 bytes. */
export function isPacked(selected: string): boolean {
  return !selected.startsWith(TEXT_MARK);
}

/**
 * Writes the SQL to order by the texts of a column of ids. To order by the column itself is faster, and
 * the same unless packed ids and others are among each other.
 */
export function orderOfIds(column: string): string {
  const parts = ["1, 8", "9, 4", "13, 4", "17, 4", "21"].map((part) =>
    `substr(hex(${column}), ${part})`
  );
  return `CASE typeof(${column}) WHEN 'blob' THEN lower(${
    parts.join(" || '-' || ")
  }) ELSE ${column} END`;
}
