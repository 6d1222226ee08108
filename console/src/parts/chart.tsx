import { Button, Group, Skeleton, Text } from "@mantine/core";
import type { PlotOptions } from "@observablehq/plot";
import { useEffect, useRef, useState } from "react";
import { formatValue } from "./format.js";

type Plot = typeof import("@observablehq/plot");

interface Props {
  title: string;
  /** What to see in it, in one sentence. */
  summary?: string;
  /** Everything but the width, which is the frame's. */
  plot: (plot: Plot, width: number) => PlotOptions;
  /** Changes when what is drawn changes. */
  of: unknown;
  /** The same numbers as a table, for who does not see the picture: names of the columns and rows of values. */
  table: { columns: readonly string[]; rows: readonly (readonly unknown[])[] };
}

/** A chart with its caption, as wide as its place, and the numbers behind it on request. */
export function Chart({ title, summary, plot, of, table }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [asTable, setAsTable] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const [drawn, setDrawn] = useState(false);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `of` stands for what `plot` draws, which is a new function each time
  useEffect(() => {
    if (width === 0 || asTable) return;
    let stale = false;
    void import("@observablehq/plot").then(
      (loaded) => {
        if (stale) return;
        const drawnWidth = Math.max(width, LEAST_WIDTH);
        const svg = loaded.plot({ ...CHART, ...plot(loaded, drawnWidth), width: drawnWidth });
        toPicture(svg, title);
        frame.current?.replaceChildren(svg);
        setDrawn(true);
      },
      (error: Error) => setFailed(error.message),
    );
    return () => {
      stale = true;
    };
  }, [width, of, asTable]);

  return (
    <figure className="chart">
      <Group justify="space-between" wrap="nowrap" mb={4}>
        <Text component="figcaption" fw={600} size="sm">
          {title}
        </Text>
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={() => setAsTable(!asTable)}
          aria-pressed={asTable}
        >
          {asTable ? "Chart" : "Table"}
        </Button>
      </Group>
      {summary && (
        <Text size="sm" c="dimmed">
          {summary}
        </Text>
      )}
      {!drawn && !failed && !asTable && <Skeleton height={180} />}
      {/* Plot's own: React puts nothing in here. */}
      <div ref={frame} hidden={asTable} style={{ minHeight: 1 }} />
      {failed && <Text c="red">The chart could not be loaded: {failed}</Text>}
      {asTable && <NumbersTable label={title} {...table} />}
    </figure>
  );
}

/** Margins alone need as much; in a narrower place, as while a window is made smaller, the picture is scaled. */
const LEAST_WIDTH = 260;

const CHART: PlotOptions = {
  height: 240,
  marginLeft: 52,
  marginBottom: 36,
  style: { background: "transparent", color: "var(--mantine-color-text)", fontSize: "12px" },
};

/** One picture with one name: Plot names its groups, which are no pictures of their own. */
function toPicture(svg: Element, title: string): void {
  // The page lets no style in that has no nonce; what this one says is in console.css.
  svg.querySelector("style")?.remove();
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", title);
  for (const part of svg.querySelectorAll("[aria-label], [aria-description], [aria-hidden]")) {
    for (const name of ["aria-label", "aria-description", "aria-hidden"]) part.removeAttribute(name);
  }
}

function NumbersTable({ label, columns, rows }: Props["table"] & { label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section style={{ maxHeight: 280, overflow: "auto" }} tabIndex={0} aria-label={label}>
      <table className="numbers" style={{ borderCollapse: "collapse", fontSize: 13 }}>
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" style={{ textAlign: "right", padding: "2px 10px" }}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: points of a chart have no key of their own
            <tr key={index}>
              {row.map((value, at) => (
                <td key={columns[at]} style={{ textAlign: "right", padding: "2px 10px" }}>
                  {formatValue(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
