import { useQuery } from "@apollo/client/react";
import { Text } from "@mantine/core";
import { graphql } from "../../graphql/index.js";
import { formatNumber } from "../../parts/format.js";

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
        }
      }
    }
  }
`);

/** How the version in Production does on what it answered, by the newest labels. */
export function LiveMetrics({ model }: { model: string }) {
  const { data, error } = useQuery(LIVE_METRICS, { variables: { model }, pollInterval: 60_000 });
  const live = data?.model?.production?.live;
  return (
    <Text size="sm" c="dimmed">
      {live ? inText(live) : error ? "live metrics could not be measured" : "…"}
    </Text>
  );
}

interface Measured {
  predictions: number;
  labelled: number;
  auc?: number | null;
  logLoss?: number | null;
}

function inText({ predictions, labelled, auc, logLoss }: Measured): string {
  if (predictions === 0) return "nothing answered yet that is logged";
  const answers = `live: ${formatNumber(predictions)} ${predictions === 1 ? "answer" : "answers"}`;
  if (labelled === 0) return `${answers}, no label known yet`;
  if (auc === null || auc === undefined) return `${answers}, too few labels to judge by`;
  return `${answers}, auc ${formatNumber(auc)}, log loss ${formatNumber(logLoss)} on ${formatNumber(labelled)} with a label`;
}
