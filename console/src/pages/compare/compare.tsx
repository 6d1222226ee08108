import { useQuery } from "@apollo/client/react";
import { Stack } from "@mantine/core";
import { useMemo } from "react";
import { Link, useSearchParams } from "react-router";
import type { CompareQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { axesOf } from "./axes.js";
import { Difference } from "./difference.js";
import { compareAddress, comparedIds, MOST_COMPARED } from "./ids.js";
import { Overlaid } from "./overlaid.js";
import { Parallel, Scatter } from "./plots.js";
import { SideBySide } from "./side-by-side.js";

const COMPARE = graphql(`
  query Compare($ids: [ID!]!) {
    compareRuns(ids: $ids) {
      runs {
        id
        kind
        name
        status
        modelVersion {
          id
          model
          version
        }
      }
      params(first: 1000) {
        name
        values
        differs
      }
      metrics(first: 1000) {
        name
        values
        differs
      }
    }
  }
`);

export type ComparedRun = CompareQuery["compareRuns"]["runs"][number];

/** Runs beside each other: what differs, their curves, and whether one is better. */
export default function Compare() {
  const [params, setParams] = useSearchParams();
  const text = params.get("ids") ?? "";
  const ids = useMemo(() => comparedIds(text), [text]);
  const comparable = ids.length >= 1 && ids.length <= MOST_COMPARED;
  const result = useQuery(COMPARE, { variables: { ids }, skip: !comparable });
  const data = result.data ?? result.previousData;
  const remove = (id: string) => {
    const next = new URLSearchParams(params);
    const rest = compareAddress(ids.filter((each) => each !== id));
    next.set("ids", new URLSearchParams(rest.slice(rest.indexOf("?"))).get("ids") ?? "");
    setParams(next, { replace: true });
  };
  return (
    <Page
      title={ids.length > 1 ? `Compare ${ids.length} runs` : "Compare runs"}
      trail={[["Runs", "/runs"]]}
      query={COMPARE}
      variables={{ ids }}
    >
      {comparable ? (
        <Loaded result={{ ...result, data }} lines={10}>
          {({ compareRuns }) => <Compared of={compareRuns} remove={remove} />}
        </Loaded>
      ) : (
        <Empty
          title={ids.length === 0 ? "No run is chosen" : `At most ${MOST_COMPARED} runs are compared at once`}
        >
          <Link to="/runs">Choose some among the runs</Link>
        </Empty>
      )}
    </Page>
  );
}

function Compared({ of, remove }: { of: CompareQuery["compareRuns"]; remove: (id: string) => void }) {
  const { runs, params, metrics } = of;
  const axes = useMemo(() => axesOf(params, metrics), [params, metrics]);
  const labels = useMemo(() => runs.map(labelOf), [runs]);
  return (
    <Stack gap="xl">
      <SideBySide runs={runs} labels={labels} axes={axes} remove={remove} />
      <Difference runs={runs} labels={labels} axes={axes} />
      <Overlaid ids={runs.map(({ id }) => id)} labels={labels} />
      <Scatter labels={labels} axes={axes} />
      <Parallel labels={labels} axes={axes} />
    </Stack>
  );
}

/** By the version that it registered, else by its name or kind; a part of the id tells two of one name apart. */
function labelOf({ id, kind, name, modelVersion }: ComparedRun): string {
  const short = id.slice(0, 8);
  if (modelVersion) return `${modelVersion.model} version ${modelVersion.version} (${short})`;
  return `${name ?? inWords(kind)} ${short}`;
}
