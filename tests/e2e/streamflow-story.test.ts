import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { definitions as shipped } from "../../src/definitions/index.js";
import { int } from "../../src/definitions/language/column.js";
import {
  type Deployment,
  deployment,
  featureService,
  featureView,
  source,
} from "../../src/definitions/language/deployment.js";
import { tellsTheTruthAfterwards } from "./story.js";

const REAL = "../shared/streamflow";

/** `searches_7d` is new in usage, its `skips_7d` is retired, and `rebuffer_events_7d` is called `rebuffers_7d`. */
function evolved(): Deployment {
  const usage = shipped.sources.find(({ name }) => name === "usage_agg_30d")!;
  const { watch_hours_30d, avg_session_mins_7d, unique_devices_30d } = usage.columns;
  const grown = source("usage_agg_30d", {
    columns: {
      watch_hours_30d: watch_hours_30d!,
      avg_session_mins_7d: avg_session_mins_7d!,
      unique_devices_30d: unique_devices_30d!,
      rebuffers_7d: usage.columns.rebuffer_events_7d!,
      searches_7d: int({ min: 0 }),
    },
    retired: { skips_7d: usage.columns.skips_7d! },
    renamed: { rebuffer_events_7d: "rebuffers_7d" },
  });
  const views = shipped.views.map((view) =>
    view.source === usage
      ? featureView(view.name, {
          source: grown,
          features: [
            "watch_hours_30d",
            "avg_session_mins_7d",
            "unique_devices_30d",
            "rebuffers_7d",
            "searches_7d",
          ],
          retired: ["skips_7d"],
          renamed: { rebuffer_events_7d: "rebuffers_7d" },
        })
      : view,
  );
  return deployment({
    ...shipped,
    sources: shipped.sources.map((each) => (each === usage ? grown : each)),
    views,
    services: shipped.services.map(({ name, ...service }) => featureService(name, { ...service, views })),
  });
}

describe.skipIf(!existsSync(REAL))("the real input after its definitions changed", () => {
  tellsTheTruthAfterwards({
    before: shipped,
    after: evolved(),
    model: "churn",
    key: "8627-ZYGSZ",
    argument: "userId",
    added: "searches_7d",
    retired: { name: "skips_7d", type: "numeric" },
    renamed: { from: "rebuffer_events_7d", to: "rebuffers_7d" },
    deliveries: [
      ["month_000", "2024-01-31"],
      ["month_001", "2024-02-29"],
      ["month_002", "2024-03-31"],
    ],
    write(dataDir) {
      for (const month of ["month_000", "month_001"])
        cpSync(join(REAL, month), join(dataDir, month), { recursive: true });
      cpSync(join(REAL, "month_001"), join(dataDir, "month_002"), { recursive: true });
      const file = join(dataDir, "month_002", "usage_agg_30d.csv");
      const [, ...rows] = readFileSync(file, "utf8").trim().split("\n");
      const moved = rows.map((row, i) => {
        const [user, hours, session, devices, , rebuffers] = row.split(",");
        return [user, hours, session, devices, rebuffers, i % 9].join(",");
      });
      const header =
        "user_id,watch_hours_30d,avg_session_mins_7d,unique_devices_30d,rebuffers_7d,searches_7d";
      writeFileSync(file, `${[header, ...moved].join("\n")}\n`);
    },
    params: { trees: 40 },
  });
});
