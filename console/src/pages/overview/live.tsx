import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "react-router";
import type { Task } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { formatNumber } from "../../parts/format.js";
import { LOOKS, taskOfModel } from "../../parts/tasks.js";
import { useSession } from "../../session.js";
import { driftInWords, heatOf, type Point } from "../features/heat.js";

/** Of one model: measuring reads the prediction log, and what fails of one model leaves the others. */
const LIVE_METRICS = graphql(`
  query LiveMetrics($model: String!) {
    model(name: $model) {
      id
      production {
        id
        live {
          predictions
          labelled
          auc
          logLoss
          accuracy
          rmse
          mae
        }
      }
    }
    driftHistory(model: $model, first: 1) {
      asOf
      against
      feature
      psi
      drifted
      pending
    }
  }
`);

const EVERY_MS = 60_000;
/** While the newest date is still being compared. */
const SOON_MS = 2_000;

/** How the version in Production does on what it answered, by the newest labels, and whether its features have moved. */
export function LiveMetrics({ model }: { model: string }) {
  const task = taskOfModel(useSession().deployment.services, model);
  const { data, error, loading, startPolling } = useQuery(LIVE_METRICS, {
    variables: { model },
    pollInterval: EVERY_MS,
    errorPolicy: "all",
  });
  const drift = data?.driftHistory;
  const pending = drift?.some((point) => point.pending) ?? false;
  useEffect(() => startPolling(pending ? SOON_MS : EVERY_MS), [pending, startPolling]);
  const live = data?.model?.production?.live;
  return (
    <>
      <Text size="sm" c="dimmed">
        {live ? inText(live, task) : error ? "live metrics could not be measured" : "…"}
      </Text>
      <Text size="sm" c="dimmed" component="div">
        {drift && drift.length > 0 ? (
          <Drifted of={drift} pending={pending} model={model} />
        ) : loading ? (
          "…"
        ) : (
          "drift could not be measured"
        )}
      </Text>
    </>
  );
}

/** Which features of the newest snapshot have moved from what Production was trained on. */
function Drifted({ of, pending, model }: { of: readonly Point[]; pending: boolean; model: string }) {
  const words = pending ? "the newest snapshot is being compared" : driftInWords(heatOf(of));
  return (
    <>
      <Link to={`/features?model=${encodeURIComponent(model)}`}>drift</Link>: {words}
    </>
  );
}

type Measured = { predictions: number; labelled: number } & {
  [Field in (typeof LOOKS)[Task]["live"][number]["field"]]?: number | null;
};

function inText({ predictions, labelled, ...metrics }: Measured, task: Task): string {
  if (predictions === 0) return "nothing answered yet that is logged";
  const answers = `live: ${formatNumber(predictions)} ${predictions === 1 ? "answer" : "answers"}`;
  if (labelled === 0) return `${answers}, no label known yet`;
  const measured = LOOKS[task].live.flatMap(({ field, title }) =>
    typeof metrics[field] === "number" ? [`${title} ${formatNumber(metrics[field])}`] : [],
  );
  if (measured.length === 0) return `${answers}, too few labels to judge by`;
  return `${answers}, ${measured.join(", ")} on ${formatNumber(labelled)} with a label`;
}
