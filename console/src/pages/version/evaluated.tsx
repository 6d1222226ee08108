import { SimpleGrid } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import type { VersionQuery } from "../../graphql/graphql.js";
import { type CurveKind, type CurveSeries, Curves } from "../../parts/curves.js";
import { formatNumber } from "../../parts/format.js";
import { Empty } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";
import { Classes } from "./classes.js";
import { Importances } from "./importances.js";
import { marksAt, nearestTo } from "./rates.js";
import { Residuals } from "./residuals.js";
import { Threshold } from "./threshold.js";

const KINDS: readonly CurveKind[] = ["roc", "precisionRecall", "calibration", "lift"];

/** Charts of the held-out rows, by what the version's task has of them, and what its features matter. */
export function Evaluated({ version }: { version: NonNullable<VersionQuery["modelVersion"]> }) {
  const { evaluation, algorithm } = version;
  const own = version.threshold ?? 0.5;
  const { services } = useSession().deployment;
  const [asked, ask] = useUrlState("threshold");
  // While it is dragged the address stays as it is: browsers refuse too many changes of it.
  const [moving, setMoving] = useState<number | null>(null);
  const rest = useDebouncedCallback((threshold: number) => {
    setMoving(null);
    ask(threshold === own ? null : String(threshold));
  }, 250);
  if (!evaluation)
    return (
      <Section title="Evaluation">
        <Empty title="No curves are kept of this version">
          It was registered by an earlier release, or its reports are gone. Register its file again to have it
          judged.
        </Empty>
      </Section>
    );
  const { rows, thresholds, residuals, classes, confusion, importances } = evaluation;
  const label = services.find(({ name }) => name === version.model)?.label ?? "label";
  const given = asked === "" ? Number.NaN : Number(asked);
  const place = thresholds ? (moving ?? nearestTo(thresholds, Number.isFinite(given) ? given : own)) : 0;
  const row = thresholds?.[place];
  const marks: Partial<Record<CurveKind, CurveSeries["mark"]>> = row ? marksAt(row) : {};
  return (
    <>
      <Section title="Evaluation" note={`On the ${formatNumber(rows)} rows that were held out.`}>
        {residuals && <Residuals of={residuals} />}
        {classes && confusion && (
          <Classes
            label={label}
            classes={classes}
            confusion={confusion}
            perClass={evaluation.perClass ?? []}
          />
        )}
        <SimpleGrid type="container" cols={{ base: 1, "640px": 2, "1500px": 4 }} spacing="xl">
          {KINDS.map((kind) => (
            <Curves
              key={kind}
              kind={kind}
              of={[
                {
                  name: `version ${version.version}`,
                  points: evaluation[kind] ?? [],
                  mark: marks[kind] ?? null,
                },
                ...(kind === "calibration" && evaluation.uncalibrated
                  ? [{ name: "before calibration", points: evaluation.uncalibrated }]
                  : []),
              ]}
            />
          ))}
        </SimpleGrid>
      </Section>
      {thresholds && row && (
        <Threshold
          rows={thresholds}
          at={place}
          own={own}
          label={label}
          move={(next) => {
            setMoving(next);
            rest(thresholds[next]!.threshold);
          }}
          reset={() => {
            rest.cancel();
            setMoving(null);
            ask(null);
          }}
        />
      )}
      {importances.length > 0 ? (
        <Importances
          of={importances}
          by={residuals ? "rmse" : classes ? "log_loss" : "auc"}
          classes={classes}
        />
      ) : (
        algorithm === "EXTERNAL" && (
          <Section title="Importances">
            <Empty title="Of models that were made elsewhere none but those that explain themselves are measured" />
          </Section>
        )
      )}
    </>
  );
}
