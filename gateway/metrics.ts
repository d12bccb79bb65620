// SPDX-License-Identifier: Apache-2.0

/** Names and values that tell one series of a metric from another. */
export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly type: "counter" | "histogram";
  readonly help: string;
  readonly series: Map<string, number>;
}

/** A value that is read when it is asked for. */
export interface Gauge {
  /** Its name. */
  readonly name: string;
  /** What it tells. */
  readonly help: string;
  /** Reads it. */
  readonly read: () => number;
}

const BUCKETS_S = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60];

/** Counts what happens, and tells it in the text format of Prometheus. */
export class Metrics {
  readonly #families: Map<string, Family> = new Map();
  readonly #gauges: readonly Gauge[];

  /** Makes one that knows how to read these gauges. */
  constructor(gauges: readonly Gauge[]) {
    this.#gauges = gauges;
  }

  /** Adds to a counter. */
  count(name: string, help: string, labels: Labels = {}, by: number = 1): void {
    add(this.#family(name, "counter", help).series, name + formatLabels(labels), by);
  }

  /** Takes a duration in seconds into a histogram. */
  observe(name: string, help: string, labels: Labels, seconds: number): void {
    const { series } = this.#family(name, "histogram", help);
    for (const limit of BUCKETS_S) {
      const key = `${name}_bucket${formatLabels({ ...labels, le: String(limit) })}`;
      add(series, key, seconds <= limit ? 1 : 0);
    }
    add(series, `${name}_bucket${formatLabels({ ...labels, le: "+Inf" })}`, 1);
    add(series, `${name}_sum${formatLabels(labels)}`, seconds);
    add(series, `${name}_count${formatLabels(labels)}`, 1);
  }

  /** Writes everything. */
  toText(): string {
    const families = [...this.#families].map(([name, family]) => formatFamily(name, family));
    const gauges = this.#gauges.map(({ name, help, read }) =>
      `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${read()}\n`
    );
    return [...families, ...gauges].join("");
  }

  #family(name: string, type: Family["type"], help: string): Family {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    const family: Family = { type, help, series: new Map() };
    this.#families.set(name, family);
    return family;
  }
}

function add(series: Map<string, number>, key: string, by: number): void {
  series.set(key, (series.get(key) ?? 0) + by);
}

function formatFamily(name: string, { type, help, series }: Family): string {
  const lines = [...series].map(([key, value]) => `${key} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function formatLabels(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return "";
  return `{${entries.map(([name, value]) => `${name}="${escapeLabel(value)}"`).join(",")}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
