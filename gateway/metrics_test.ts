// SPDX-License-Identifier: Apache-2.0

import { assertEquals, assertThrows } from "@std/assert";
import { Metrics } from "./metrics.ts";

Deno.test("Metrics.toText() writes the text format of Prometheus", () => {
  const metrics = new Metrics();
  metrics.gauge("open", "Open.", () => 1);
  metrics.gauge("open", "Open.", () => 2);
  metrics.count("done_total", "Done.", { how: 'a "b" \\ c\nd' });
  metrics.count("done_total", "Done.", { how: 'a "b" \\ c\nd' }, 2);
  metrics.observe("took_seconds", "Took.", { route: "/x" }, 0.05);
  assertEquals(
    metrics.toText(),
    `# HELP done_total Done.
# TYPE done_total counter
done_total{how="a \\"b\\" \\\\ c\\nd"} 3
# HELP took_seconds Took.
# TYPE took_seconds histogram
took_seconds_bucket{route="/x",le="0.005"} 0
took_seconds_bucket{route="/x",le="0.025"} 0
took_seconds_bucket{route="/x",le="0.1"} 1
took_seconds_bucket{route="/x",le="0.5"} 1
took_seconds_bucket{route="/x",le="2.5"} 1
took_seconds_bucket{route="/x",le="10"} 1
took_seconds_bucket{route="/x",le="60"} 1
took_seconds_bucket{route="/x",le="+Inf"} 1
took_seconds_sum{route="/x"} 0.05
took_seconds_count{route="/x"} 1
# HELP open Open.
# TYPE open gauge
open 3
`,
  );
});

Deno.test("Metrics tells counters from histograms", () => {
  const metrics = new Metrics();
  metrics.count("a", "A.");
  metrics.observe("b", "B.", {}, 100);
  assertThrows(() => metrics.observe("a", "A.", {}, 1), TypeError);
  assertThrows(() => metrics.count("b", "B."), TypeError);
});
