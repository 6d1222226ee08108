import { Text } from "@mantine/core";
import type { DistributionFragment } from "../graphql/graphql.js";
import { graphql } from "../graphql/index.js";
import { barsOf, leastWidth, onlyValue, outline, valuesTogether } from "./bins.js";
import { Chart } from "./chart.js";
import { formatNumber, formatPercent } from "./format.js";

graphql(`
  fragment Distribution on FeatureProfile {
    feature {
      name
      type
    }
    rows
    missing
    masked
    distinct
    mean
    deviation
    min
    max
    quantiles
    histogram {
      from
      to
      count
    }
    values {
      value
      count
      other
    }
  }
`);

/** A feature's distribution in one snapshot, and what that one is called in the chart. */
export interface Labelled {
  label: string;
  profile: DistributionFragment;
}

const MOST_ROWS = 9;
const ONE = "var(--series-one)";
const OTHERS = "var(--series-others)";

/** Of each label what is drawn, where anything is. */
const withBins = (of: readonly Labelled[]) =>
  of.flatMap(({ label, profile: { histogram } }) => (histogram?.length ? [{ label, histogram }] : []));
const withValues = (of: readonly Labelled[]) =>
  of.flatMap(({ label, profile: { values } }) => (values?.length ? [{ label, values }] : []));

/** One row a date, on one scale; the chosen one stands out. */
export function OverDates({ name, of, chosen }: { name: string; of: readonly Labelled[]; chosen: string }) {
  const histograms = withBins(of);
  if (histograms.length > 0) return <Ridges name={name} of={histograms} chosen={chosen} />;
  const values = withValues(of);
  if (values.length === 0) return <NothingDrawn of={of} />;
  const last = values.find(({ label }) => label === chosen) ?? values.at(-1)!;
  const others = values.filter((each) => each !== last);
  const summary =
    others.length > 0
      ? `Bars: ${last.label}. Ticks: the ${others.length} other dates.`
      : `Shares of the rows with a value, ${last.label}.`;
  return <ValueBars name={name} summary={summary} bars={last} ticks={others} />;
}

function Ridges({ name, of, chosen }: { name: string; of: ReturnType<typeof withBins>; chosen: string }) {
  const only = onlyValue(of.map(({ histogram }) => histogram));
  if (only !== null) {
    return (
      <Text size="sm" c="dimmed">
        Every value is {formatNumber(only)}, in each of the snapshots shown.
      </Text>
    );
  }
  const least = leastWidth(of.map(({ histogram }) => histogram));
  const bars = of.flatMap(({ label, histogram }) => {
    const drawn = barsOf(histogram, least);
    const tallest = Math.max(...drawn.map(({ density }) => density));
    return drawn.map((bar) => ({ label, ...bar, height: bar.density / tallest }));
  });
  return (
    <Chart
      title={`${name} by date`}
      summary="One row a date, each to its own height."
      of={of}
      plot={(plot) => ({
        height: 44 * of.length + 30,
        marginBottom: 24,
        marginLeft: 84,
        marginTop: 4,
        x: { label: null, nice: false },
        y: { axis: null },
        fy: { label: null, domain: of.map(({ label }) => label), padding: 0.15 },
        marks: [
          plot.rectY(bars, {
            fy: "label",
            x1: "from",
            x2: "to",
            y: "height",
            fill: ({ label }: { label: string }) => (label === chosen ? ONE : OTHERS),
          }),
          plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.3 }),
        ],
      })}
      table={{
        columns: ["date", "from", "to", "share"],
        rows: bars.map(({ label, from, to, share }) => [label, from, to, formatPercent(share)]),
      }}
    />
  );
}

interface Values {
  label: string;
  values: NonNullable<DistributionFragment["values"]>;
}

/** A bar for each value of one snapshot, and a tick on it for each other. */
function ValueBars({
  name,
  summary,
  bars,
  ticks,
}: {
  name: string;
  summary: string;
  bars: Values;
  ticks: readonly Values[];
}) {
  const all = [bars, ...ticks];
  const { names, shares } = valuesTogether(
    all.map(({ values }) => values),
    MOST_ROWS,
  );
  const short = (value: string) => (value.length > 20 ? `${value.slice(0, 19)}…` : value);
  const points = all.flatMap(({ label }, i) =>
    names.map((value) => ({ label, value, share: shares[i]!.get(value) ?? 0 })),
  );
  const longest = Math.max(...names.map((value) => short(value).length));
  return (
    <Chart
      title={name}
      summary={summary}
      of={all}
      plot={(plot) => ({
        height: 30 * names.length + 30,
        marginLeft: Math.max(52, 7.5 * longest + 14),
        marginTop: 4,
        marginBottom: 24,
        marginRight: 36,
        x: {
          label: null,
          percent: true,
          tickFormat: (share: number) => `${share} %`,
          domain: [0, 100 * Math.max(...points.map(({ share }) => share), 0.01)],
        },
        y: { label: null, domain: names, tickFormat: short, padding: 0.25 },
        marks: [
          plot.barX(points.slice(0, names.length), { x: "share", y: "value", fill: ONE }),
          plot.tickX(points.slice(names.length), {
            x: "share",
            y: "value",
            stroke: "var(--series-tick)",
            strokeWidth: 3,
          }),
        ],
      })}
      table={{
        columns: ["snapshot", "value", "share"],
        rows: points.map(({ label, value, share }) => [label, value, formatPercent(share)]),
      }}
    />
  );
}

/** Two distributions on the same axes: the first one filled, the second one drawn as a line, or as ticks. */
export function LaidOver({ name, from, to }: { name: string; from: Labelled; to: Labelled }) {
  const [before, after] = withBins([from, to]);
  if (before && after) {
    const least = leastWidth([before.histogram, after.histogram]);
    const [filled, drawn] = [barsOf(before.histogram, least), barsOf(after.histogram, least)];
    return (
      <Chart
        title={name}
        summary={`Filled: ${before.label}. Line: ${after.label}.`}
        of={[from, to]}
        plot={(plot) => ({
          height: 190,
          marginLeft: 12,
          marginBottom: 24,
          x: { label: null },
          y: { axis: null },
          marks: [
            plot.rectY(filled, { x1: "from", x2: "to", y: "density", fill: OTHERS }),
            plot.lineY(outline(drawn), { x: "x", y: "y", stroke: ONE, strokeWidth: 2 }),
            plot.ruleY([0], { stroke: "currentColor", strokeOpacity: 0.3 }),
          ],
        })}
        table={{
          columns: ["snapshot", "from", "to", "share"],
          rows: [before, after].flatMap(({ label }, i) =>
            [filled, drawn][i]!.map((bar) => [label, bar.from, bar.to, formatPercent(bar.share)]),
          ),
        }}
      />
    );
  }
  const [bars, tick] = withValues([from, to]);
  if (!bars || !tick) return <NothingDrawn of={[from, to]} />;
  return (
    <ValueBars
      name={name}
      summary={`Bars: ${bars.label}. Ticks: ${tick.label}.`}
      bars={bars}
      ticks={[tick]}
    />
  );
}

function NothingDrawn({ of }: { of: readonly Labelled[] }) {
  const present = of.some(({ profile: { rows, missing } }) => rows > missing);
  const masked = of.some(({ profile }) => profile.masked);
  return (
    <Text size="sm" c="dimmed">
      {masked
        ? "Its values are masked: the feature is personal."
        : present
          ? "Not drawn: nearly every row has a value of its own, or one of the snapshots has none."
          : "No row has a value."}
    </Text>
  );
}

const QUANTILES = ["1\u00a0%", "5\u00a0%", "25\u00a0%", "median", "75\u00a0%", "95\u00a0%", "99\u00a0%"];

/** The numbers of one profile, by name. */
export function factsOf(profile: DistributionFragment): [name: string, value: string][] {
  const { rows, missing, distinct, mean, deviation, min, max, quantiles } = profile;
  return [
    ["Rows", formatNumber(rows)],
    ["Missing", `${formatNumber(missing)} (${formatPercent(rows === 0 ? 0 : missing / rows)})`],
    ...(distinct === null || distinct === undefined
      ? []
      : [["Distinct values", formatNumber(distinct)] as [string, string]]),
    ...(quantiles
      ? ([
          ["Mean ± deviation", `${formatNumber(mean)} ± ${formatNumber(deviation)}`],
          ["Least – greatest", `${formatNumber(min)} – ${formatNumber(max)}`],
          [
            "Quantiles",
            quantiles.map((value, i) => `${QUANTILES[i]}:\u00a0${formatNumber(value)}`).join(", "),
          ],
        ] as [string, string][])
      : []),
  ];
}
