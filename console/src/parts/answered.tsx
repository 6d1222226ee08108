import { Link } from "react-router";
import type { PredictionsQuery } from "../graphql/graphql.js";
import { useSession } from "../session.js";
import { type DataColumn, DataTable } from "./data-table.js";
import { keyInWords, pathOfKey } from "./entity-key.js";
import { formatNumber, formatPercent, formatValue, withMasked } from "./format.js";
import { Time } from "./time.js";

type Answer = PredictionsQuery["predictions"]["nodes"][number];

/** What was answered, an answer a line. */
export function Answered({ of, label, withKey }: { of: readonly Answer[]; label: string; withKey: boolean }) {
  const { deployment } = useSession();
  const entityOf = (model: string) => {
    const service = deployment.services.find(({ name }) => name === model);
    return deployment.entities.find(({ name }) => name === service?.entity) ?? deployment.entities[0]!;
  };
  const who: DataColumn<Answer> = {
    name: "About",
    cell: ({ model, key }) => {
      if (!key) return "a cold start";
      const entity = entityOf(model);
      return <Link to={pathOfKey(entity, key)}>{keyInWords(entity, key)}</Link>;
    },
  };
  return (
    <DataTable
      label={label}
      rows={of.map((answer, index) => ({ ...answer, index }))}
      keyOf={({ index, at }) => `${at} ${index}`}
      columns={[
        { name: "Answered", cell: ({ at }) => <Time at={at} /> },
        ...(withKey ? [who] : []),
        {
          name: "Version",
          cell: ({ model, version }) => (
            <Link to={`/models/${encodeURIComponent(model)}/${version}`} style={{ whiteSpace: "nowrap" }}>
              {model} {version}
            </Link>
          ),
        },
        { name: "Answer", numeric: true, cell: verdict },
        { name: "Probability", numeric: true, cell: ({ probability }) => formatPercent(probability) },
        { name: "Given", cell: ({ features, masked }) => <Given of={withMasked(features, masked)} /> },
      ]}
    />
  );
}

const verdict = ({ prediction, value, class: of }: Answer): string =>
  of ?? (value === null || value === undefined ? formatNumber(prediction) : formatNumber(value));

function Given({ of }: { of: Record<string, unknown> }) {
  const values = Object.entries(of);
  return (
    <details>
      <summary style={{ whiteSpace: "nowrap" }}>{values.length} features</summary>
      {values.map(([name, value]) => (
        <div key={name}>
          {name} {formatValue(value)}
        </div>
      ))}
    </details>
  );
}
