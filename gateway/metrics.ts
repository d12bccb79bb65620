// SPDX-License-Identifier: Apache-2.0

/** Names and values that tell one series of a metric from another. */
export type Labels = Readonly<Record<string, string>>;

interface CounterFamily {
  readonly type: "counter";
  readonly help: string;
  readonly series: Map<string, { readonly labels: Labels; value: number }>;
}

interface Distribution {
  readonly labels: Labels;
  /** How many fell into each bucket, and into no smaller one. */
  readonly counts: number[];
  sum: number;
}

interface HistogramFamily {
  readonly type: "histogram";
  readonly help: string;
  readonly series: Map<string, Distribution>;
}

interface GaugeFamily {
  readonly help: string;
  readonly reads: (() => number)[];
}

type Family = CounterFamily | HistogramFamily;

const BUCKETS_S = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, Infinity];

/** Counts what happens, and tells it in the text format of Prometheus. */
export class Metrics {
  readonly #families: Map<string, Family> = new Map();
  readonly #gauges: Map<string, GaugeFamily> = new Map();

  /** Adds a value that is read when it is asked for. What several parts tell under one name is summed. */
  gauge(name: string, help: string, read: () => number): void {
    const family = this.#gauges.get(name) ?? { help, reads: [] };
    family.reads.push(read);
    this.#gauges.set(name, family);
  }

  /** Adds to a counter. */
  count(name: string, help: string, labels: Labels = {}, by: number = 1): void {
    const family = this.#families.get(name) ?? this.#begin(name, "counter", help);
    if (family.type !== "counter") throw new TypeError(`Cannot count with "${name}": a histogram`);
    const key = keyOf(labels);
    const series = family.series.get(key);
    if (series === undefined) family.series.set(key, { labels, value: by });
    else series.value += by;
  }

  /** Takes a duration in seconds into a histogram. */
  observe(name: string, help: string, labels: Labels, seconds: number): void {
    const family = this.#families.get(name) ?? this.#begin(name, "histogram", help);
    if (family.type !== "histogram") throw new TypeError(`Cannot observe "${name}": a counter`);
    const key = keyOf(labels);
    const series = family.series.get(key) ?? { labels, counts: BUCKETS_S.map(() => 0), sum: 0 };
    if (series.sum === 0) family.series.set(key, series);
    const index = BUCKETS_S.findIndex((limit) => seconds <= limit);
    series.counts[index] = (series.counts[index] ?? 0) + 1;
    series.sum += seconds;
  }

  #begin(name: string, type: Family["type"], help: string): Family {
    const family: Family = { type, help, series: new Map() };
    this.#families.set(name, family);
    return family;
  }

  /** Writes everything. */
  toText(): string {
    const families = [...this.#families].map(([name, family]) => formatFamily(name, family));
    const gauges = [...this.#gauges].map(([name, { help, reads }]) => {
      const value = reads.reduce((sum, read) => sum + read(), 0);
      return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
    });
    return [...families, ...gauges].join("");
  }
}

function formatFamily(name: string, family: Family): string {
  const lines = family.type === "counter"
    ? [...family.series.values()].map(({ labels, value }) =>
      `${name}${formatLabels(labels)} ${value}\n`
    )
    : [...family.series.values()].map((series) => formatDistribution(name, series));
  return `# HELP ${name} ${family.help}\n# TYPE ${name} ${family.type}\n${lines.join("")}`;
}

function formatDistribution(name: string, { labels, counts, sum }: Distribution): string {
  let total = 0;
  const buckets = BUCKETS_S.map((limit, index) => {
    total += counts[index] ?? 0;
    const le = limit === Infinity ? "+Inf" : String(limit);
    return `${name}_bucket${formatLabels({ ...labels, le })} ${total}\n`;
  });
  const key = formatLabels(labels);
  return `${buckets.join("")}${name}_sum${key} ${sum}\n${name}_count${key} ${total}\n`;
}

/** Tells series of one family apart. It is made for every count: the text for people is not. */
function keyOf(labels: Labels): string {
  let key = "";
  for (const name in labels) key += `${name}\0${labels[name]}\0`;
  return key;
}

function formatLabels(labels: Labels): string {
  let text = "";
  for (const name in labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabel(labels[name] ?? "")}"`;
  }
  return text === "" ? "" : `{${text}}`;
}

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
