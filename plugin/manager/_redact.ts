// SPDX-License-Identifier: Apache-2.0

const SECRET_KEY = /key|token|secret|password|passphrase|credential/i;

/** A shorter text would be found in ordinary words. */
const MIN_LENGTH = 6;

/** Makes a function that blots out of a text the secrets of a configuration. */
export function redactor(config: Readonly<Record<string, unknown>>): (text: string) => string {
  const secrets = secretsOf(config, false).sort((a, b) => b.length - a.length);
  return (text) => secrets.reduce((left, secret) => left.replaceAll(secret, "[redacted]"), text);
}

function secretsOf(value: unknown, isSecret: boolean): string[] {
  if (typeof value === "string") return isSecret && value.length >= MIN_LENGTH ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    secretsOf(inner, isSecret || SECRET_KEY.test(key))
  );
}
