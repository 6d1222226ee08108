import { useQuery } from "@apollo/client/react";
import { Button, Group, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { graphql } from "../../graphql/index.js";
import { Answered } from "../../parts/answered.js";
import type { Entity } from "../../parts/entity-key.js";
import { inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Pager, usePage } from "../../parts/pager.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";

const PREDICTIONS = graphql(`
  query Predictions($model: String, $entityKey: JSON, $first: Int!, $after: String) {
    predictions(model: $model, entityKey: $entityKey, first: $first, after: $after) {
      nodes {
        at
        key
        model
        version
        prediction
        probability
        value
        class
        features
        masked
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** The prediction log, the newest answer first: of one model, and of one key. */
export default function Predictions() {
  const { deployment } = useSession();
  const [params] = useSearchParams();
  const [model, setModel] = useUrlState("model");
  const { first, after, setSize } = usePage();
  const entity = entityAsked(deployment, model);
  const columns = entity.keys.map(({ column }) => column);
  const asked = columns.map((column) => params.get(column) ?? "");
  const isOfOne = asked.every((value) => value !== "");
  const entityKey = isOfOne ? Object.fromEntries(columns.map((column, i) => [column, asked[i]])) : null;
  const variables = { model: model || null, entityKey, first, after };
  const result = useQuery(PREDICTIONS, { variables, pollInterval: 30_000 });
  const data = result.data ?? result.previousData;
  const models = [...new Set([...deployment.services.map(({ name }) => name), ...(model ? [model] : [])])];
  return (
    <Page title="Predictions" query={PREDICTIONS} variables={variables}>
      <Group align="end">
        <Select
          label="Model"
          placeholder="All"
          clearable
          clearButtonProps={{ "aria-label": "All models" }}
          data={models}
          value={model || null}
          onChange={setModel}
        />
        <KeyFilter key={asked.join()} entity={entity} asked={asked} />
      </Group>
      <Loaded result={{ ...result, data }}>
        {({ predictions: { nodes, pageInfo } }) =>
          nodes.length === 0 ? (
            <Empty title={after ? "The log ends before this page" : "The log has no such answer"}>
              {model || isOfOne
                ? "Take a filter away. "
                : "Predictions about now are logged within seconds, unless PREDICTION_LOG_SAMPLE is 0. "}
              The log keeps PREDICTION_LOG_DAYS days, 30 unless set otherwise.
            </Empty>
          ) : (
            <Stack>
              <Answered of={nodes} label="Predictions" withKey />
              <Pager what="Predictions" pageInfo={pageInfo} size={String(first)} setSize={setSize} />
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Whose key is asked for: the entity of the model's service. */
function entityAsked(
  { entities, services }: ReturnType<typeof useSession>["deployment"],
  model: string,
): Entity {
  const service = services.find(({ name }) => name === model) ?? services[0];
  return entities.find(({ name }) => name === service?.entity) ?? entities[0]!;
}

/** One whole key, a field a column. */
function KeyFilter({ entity, asked }: { entity: Entity; asked: readonly string[] }) {
  const [, setParams] = useSearchParams();
  const [values, setValues] = useState(asked);
  const show = (shown: readonly string[]) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete("after");
        for (const [i, { column }] of entity.keys.entries()) {
          if (shown[i]) next.set(column, shown[i]);
          else next.delete(column);
        }
        return next;
      },
      { replace: true },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    show(values.map((value) => value.trim()));
  };
  return (
    <form onSubmit={submit}>
      <Group align="end">
        {entity.keys.map(({ column }, i) => (
          <TextInput
            key={column}
            label={column}
            placeholder={`Of one ${inWords(entity.name).toLowerCase()}`}
            value={values[i]}
            onChange={({ currentTarget: { value } }) => setValues(values.with(i, value))}
          />
        ))}
        <Button type="submit" variant="default">
          Show
        </Button>
        {asked.some(Boolean) && (
          <Button variant="subtle" onClick={() => show([])}>
            Show all
          </Button>
        )}
      </Group>
    </form>
  );
}
