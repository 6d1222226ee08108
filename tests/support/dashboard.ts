import { readFileSync } from "node:fs";

export interface Target {
  expr: string;
  legend: string;
  /** Series it asks for. */
  names: string[];
  /** What it groups by; null where it shows the series themselves. */
  by: string[] | null;
  /** Labels that the series must have. */
  labels: string[];
}

/** What the dashboard asks Prometheus, which adds the label `instance`. */
export function dashboard(): Target[] {
  const { panels } = JSON.parse(readFileSync("ops/grafana/dashboards/asof.json", "utf8"));
  return panels.flatMap((panel: any) =>
    panel.targets.map(({ expr, legendFormat }: { expr: string; legendFormat: string }): Target => {
      const groups = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/, */));
      const by = /\b(sum|max|min|avg)\b/.test(expr) ? [...new Set(groups)] : null;
      const matched = [...expr.matchAll(/[{,]\s*(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
      const labels = [...(by ?? []), ...matched].filter((label) => label !== "instance");
      const names = expr.match(/\b(asof|http|graphql|nodejs|process)_\w+/g)!;
      return { expr, legend: legendFormat, names, by, labels };
    }),
  );
}
