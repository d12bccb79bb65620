// SPDX-License-Identifier: Apache-2.0

/** Gives the lines of every fenced block in one of these languages. */
export function fencedLines(markdown: string, languages: readonly string[]): readonly string[] {
  const blocks = markdown.matchAll(/^```(\w+)[^\n]*\n([^]*?)^```$/gm);
  return [...blocks]
    .filter(([, language = ""]) => languages.includes(language))
    .flatMap(([, , body = ""]) => body.split("\n"))
    .filter((line) => line.trim() !== "");
}

/** Gives the tasks that a text tells to run: `deno task test`, or with npm `npx -y deno@… task test`. */
export function namedTasks(text: string): readonly string[] {
  const commands = text.matchAll(/\bdeno(?:@[\d.]+)? task (?:-\S+ )*([a-z][\w:-]*)/g);
  return [...new Set([...commands].map(([, task = ""]) => task))];
}

/** Gives the versions of deno that a text tells to use. */
export function namedVersions(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\bdeno@([\d.]+\d)/g)].map(([, version = ""]) => version))];
}

/** Gives the files of the project that commands name: the script of `deno run`. */
export function namedScripts(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const [, script] = /\bdeno run (?:-\S+ )*([\w./-]+\.ts)\b/.exec(line) ?? [];
    return script === undefined ? [] : [script];
  });
}

/** Gives the targets of links to files: neither other sites nor places within the page. */
export function linkedFiles(markdown: string): readonly string[] {
  const links = markdown.matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)(?:#[^)]*)?\)/g);
  return [...links].map(([, target = ""]) => target);
}
