import type { ResultOf, VariablesOf } from "@graphql-typed-document-node/core";
import { type FragmentType, graphql, useFragment } from "../gql";
import type { BestRunsQuery, IngestJanuaryMutation } from "../gql/graphql";

const VersionRow = graphql(`
  fragment VersionRow on ModelVersion { id version stage auc: metric(name: "auc") }
`);

const Versions = graphql(`
  query Versions($name: String!, $first: Int) {
    model(name: $name) { name versions(first: $first) { ...VersionRow } }
  }
`);

const Page = graphql(`
  query Page($where: RunFilter, $after: String) {
    runs(where: $where, first: 10, after: $after) {
      edges { cursor node { id status params createdAt } }
      pageInfo { hasNextPage endCursor }
    }
    node(id: "model:churn") { __typename ... on RegisteredModel { name } }
  }
`);

export const row = (version: FragmentType<typeof VersionRow>): [number, string, number | null] => {
  const { version: number, stage, auc } = useFragment(VersionRow, version);
  return [number, stage, auc ?? null];
};

export const rows = ({ model }: ResultOf<typeof Versions>) => model?.versions.map(row) ?? [];

export const cursors = ({ runs }: ResultOf<typeof Page>): string[] => runs.edges.map(({ cursor }) => cursor);
export const params = ({ runs }: ResultOf<typeof Page>): unknown => runs.edges[0]?.node.params;
export const best = ({ runs }: BestRunsQuery): (string | undefined)[] => runs.nodes.map(({ id }) => id);
export const begun = ({ ingest }: IngestJanuaryMutation): string => ingest.id;

export const some: VariablesOf<typeof Versions> = { name: "churn" };
export const filtered: VariablesOf<typeof Page> = {
  where: { model: "churn", metric: { name: "auc", min: 0.8 } },
};

// @ts-expect-error the name is missing
export const none: VariablesOf<typeof Versions> = { first: 10 };
// @ts-expect-error a filter has no such field
export const unknown: VariablesOf<typeof Page> = { where: { colour: "red" } };
// @ts-expect-error a cursor is a text
export const wrong: VariablesOf<typeof Page> = { after: 10 };
