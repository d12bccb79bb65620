// SPDX-License-Identifier: Apache-2.0

const HOST_AND_PORT = /^(.+):([1-9]\d{0,4})$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Tells why a host cannot be allowed; nothing when it can. */
export function hostProblem(entry: string): string | undefined {
  if (entry.includes("*")) return "it has a wildcard";
  if (entry.includes("://")) return "it is a URL: write host:port";
  const match = HOST_AND_PORT.exec(entry);
  if (match === null) return "it is not host:port";
  const [, host = "", port] = match;
  if (Number(port) > 65535) return `there is no port ${port}`;
  if (host.startsWith("[")) return ipv6Problem(host);
  return /^[\d.]+$/.test(host) ? ipv4Problem(host) : nameProblem(host);
}

function ipv4Problem(host: string): string | undefined {
  const parts = host.split(".");
  const isAddress = parts.length === 4 && parts.every(isByte);
  if (!isAddress) return `${host} is not an IPv4 address in its plain form`;
  return host === "0.0.0.0" ? "0.0.0.0 means every address of this machine" : undefined;
}

function isByte(part: string): boolean {
  return /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255;
}

function ipv6Problem(host: string): string | undefined {
  const url = URL.parse(`http://${host}/`);
  if (url === null) return `${host} is not an IPv6 address`;
  if (url.hostname !== host) return `${host} is not in its plain form: write ${url.hostname}`;
  return host === "[::]" ? "[::] means every address of this machine" : undefined;
}

function nameProblem(host: string): string | undefined {
  if (/[A-Z]/.test(host)) return "a host is written in lowercase";
  if (host.includes(":")) return "an IPv6 address is written in brackets";
  const labels = host.split(".");
  if (host.length > 253 || !labels.every((label) => LABEL.test(label))) {
    return `${JSON.stringify(host.slice(0, 80))} is not a host name`;
  }
  // A last label of digits, or of 0x and hexadecimal digits, would be read as an IPv4 address.
  return /^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? "")
    ? `${host} is an odd IPv4 form`
    : undefined;
}
