// SPDX-License-Identifier: Apache-2.0

/** One row of the table: a test of the original, and the one of ours that keeps it. */
export interface SeedRow {
  /** The file of the original, such as `store/types_test.go`. */
  readonly originalFile: string;
  /** The test of the original. */
  readonly original: string;
  /** Our file, from the root of the project. */
  readonly file: string;
  /** Our test or step. */
  readonly test: string;
}

/** Reads the rows of the table that tells where the tests of the original are. */
export function parseSeedTable(markdown: string): readonly SeedRow[] {
  const rows = markdown.matchAll(/^\| *`([^`]+\.go)` *\| *(.+?) *\| *`([^`]+)` *\| *(.+?) *\|$/gm);
  return [...rows].map(([, originalFile = "", original = "", file = "", test = ""]) => {
    return { originalFile, original, file, test };
  });
}

/** Gives the names of the tests and steps that a source registers under a literal name. */
export function testNames(source: string): readonly string[] {
  const calls = source.matchAll(
    /(?:Deno\.test|\bt\.step)\(\s*(?:\{\s*name:\s*)?(?:"((?:[^"\\]|\\.)*)"|`([^`$]*)`)/g,
  );
  return [...calls].map(([, quoted, template]) =>
    template ?? String(JSON.parse(`"${quoted ?? ""}"`))
  );
}

/** Gives what is wrong with the table, in words; nothing when every original has a test that exists. */
export function checkSeedTable(
  rows: readonly SeedRow[],
  originals: Readonly<Record<string, readonly string[]>>,
  namesIn: (file: string) => readonly string[],
): readonly string[] {
  const wanted = Object.entries(originals).flatMap(([file, tests]) =>
    tests.map((test) => `${file} ${test}`)
  );
  const listed = rows.map((row) => `${row.originalFile} ${row.original}`);
  return [
    ...wanted.filter((original) => !listed.includes(original)).map((it) => `${it} is not listed`),
    ...listed.filter((original) => !wanted.includes(original)).map((it) => `${it} is unknown`),
    ...listed.filter((it, index) => listed.indexOf(it) !== index).map((it) => `${it} is doubled`),
    ...rows.filter(({ file, test }) => !namesIn(file).includes(test))
      .map(({ file, test }) => `${file} has no test "${test}"`),
  ];
}
