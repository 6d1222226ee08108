import {
  Alert,
  Autocomplete,
  Button,
  Collapse,
  Group,
  MultiSelect,
  Select,
  TagsInput,
  type TagsInputProps,
  TextInput,
} from "@mantine/core";
import { useDebouncedCallback, useDisclosure } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import type { RunOrder, RunStatus } from "../../graphql/graphql.js";
import { inWords } from "../../parts/format.js";
import { useUrlList, useUrlState } from "../../parts/url-state.js";
import { parseMetric, parseParam, parseTag } from "./conditions.js";
import { ORDERS, orderOf, withOrder } from "./order.js";

const STATUSES: readonly RunStatus[] = ["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"];
const MORE = ["experiment", "tag", "param", "metric", "asOf", "from", "to", "actor"];

/** Names that occur in the list, to choose from; any other may be written. */
export interface KnownNames {
  params: readonly string[];
  metrics: readonly string[];
}

interface Props {
  kinds: readonly string[];
  known: KnownNames;
  /** Conditions of the address that cannot be read. */
  unread: readonly string[];
  /** Someone is about to choose among names. */
  needNames: () => void;
}

/** What narrows the list and puts it in order, all of it in the address. */
export function FilterBar({ kinds, known, unread, needNames }: Props) {
  const [params] = useSearchParams();
  const [opened, { toggle }] = useDisclosure(MORE.some((name) => params.has(name)));
  const [kind, setKind] = useUrlList("kind");
  const [status, setStatus] = useUrlList("status");
  return (
    <>
      <Group align="end" gap="sm">
        <MultiSelect
          label="Kind"
          data={kinds.map((name) => ({ value: name, label: inWords(name) }))}
          value={kind}
          onChange={setKind}
          clearable
          placeholder={kind.length === 0 ? "Any" : ""}
          w={220}
        />
        <MultiSelect
          label="Status"
          data={STATUSES.map((value) => ({ value, label: inWords(value) }))}
          value={status}
          onChange={setStatus}
          clearable
          placeholder={status.length === 0 ? "Any" : ""}
          w={220}
        />
        <FilterText label="Model" name="model" />
        <Order known={known} needNames={needNames} />
        <Button
          variant="default"
          aria-expanded={opened}
          onClick={() => {
            needNames();
            toggle();
          }}
        >
          {opened ? "Fewer filters" : "More filters"}
        </Button>
      </Group>
      <Collapse in={opened} mah={opened ? undefined : 0}>
        {opened && (
          <Group align="start" gap="sm" mt="sm">
            <Conditions name="tag" label="Tags" description="team=red, or team" parse={parseTag} />
            <Conditions
              name="param"
              label="Parameters"
              description="algorithm=RANDOM_FOREST, seed=7"
              parse={parseParam}
              data={[...known.params]}
            />
            <Conditions
              name="metric"
              label="Metrics"
              description="auc>=0.8, log_loss<=0.5"
              parse={parseMetric}
              data={[...known.metrics]}
            />
            <FilterText label="Experiment" description="The whole name" name="experiment" />
            <FilterText label="Started by" description="The name of a token or a person" name="actor" />
            <FilterText
              label="Data as of"
              description="The date it was started with"
              name="asOf"
              type="date"
            />
            <FilterText label="Created from" description="In your time zone" name="from" type="date" />
            <FilterText label="Created until" description="Including this day" name="to" type="date" />
          </Group>
        )}
      </Collapse>
      {unread.length > 0 && (
        <Alert color="orange" variant="light" role="alert" title="A part of the address cannot be read">
          {unread.join(", ")}. The list below is without it.
        </Alert>
      )}
    </>
  );
}

/** A text that narrows the list once its writer pauses. */
function FilterText({
  name,
  label,
  description,
  type,
}: {
  name: string;
  label: string;
  description?: string;
  type?: "date";
}) {
  const [value, setValue] = useUrlState(name);
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const later = useDebouncedCallback(setValue, 300);
  return (
    <TextInput
      label={label}
      description={description}
      type={type}
      value={text}
      placeholder="Any"
      maw={200}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        later(currentTarget.value);
      }}
    />
  );
}

/** Conditions that are written one by one; one that cannot be read is not taken. */
function Conditions({
  name,
  parse,
  ...input
}: { name: string; parse: (text: string) => unknown } & Pick<
  TagsInputProps,
  "label" | "description" | "data"
>) {
  const [values, setValues] = useUrlList(name);
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <TagsInput
      {...input}
      w={280}
      value={values}
      error={problem}
      maxTags={20}
      placeholder={values.length === 0 ? "Write one, then Enter" : ""}
      onChange={(next) => {
        const wrong = next.find((text) => parse(text) === null);
        setProblem(wrong === undefined ? null : `"${wrong}" cannot be read`);
        if (wrong === undefined) setValues(next);
      }}
    />
  );
}

const BY_METRIC = "METRIC";

function Order({ known, needNames }: Pick<Props, "known" | "needNames">) {
  const [params, setParams] = useSearchParams();
  const order = orderOf(params);
  const { orderBy, orderByMetric } = order;
  const [byMetric, setByMetric] = useState(orderByMetric !== null);
  const [name, setName] = useState(orderByMetric?.name ?? "");
  const metric = orderByMetric?.name ?? null;
  useEffect(() => {
    if (metric === null) return;
    setByMetric(true);
    setName(metric);
  }, [metric]);
  const put = (next: Parameters<typeof withOrder>[1]) =>
    setParams(withOrder(params, next), { replace: true });
  const later = useDebouncedCallback((written: string) => {
    const direction = orderByMetric?.direction ?? "DESC";
    put({ orderBy, orderByMetric: written ? { name: written, direction } : null });
  }, 300);
  const shown = byMetric && (orderByMetric !== null || orderBy === "CREATED_DESC");
  return (
    <>
      <Select
        label="Order"
        data={[
          ...Object.entries(ORDERS).map(([value, label]) => ({ value, label })),
          { value: BY_METRIC, label: "By a metric" },
        ]}
        value={shown ? BY_METRIC : orderBy}
        allowDeselect={false}
        w={160}
        onChange={(value) => {
          setByMetric(value === BY_METRIC);
          if (value === BY_METRIC) needNames();
          else put({ orderBy: value as RunOrder, orderByMetric: null });
        }}
      />
      {shown && (
        <>
          <Autocomplete
            label="Metric"
            data={[...known.metrics]}
            value={name}
            placeholder="auc"
            w={160}
            onChange={(value) => {
              setName(value);
              later(value.trim());
            }}
          />
          <Select
            label="First"
            data={[
              { value: "DESC", label: "Greatest" },
              { value: "ASC", label: "Smallest" },
            ]}
            value={orderByMetric?.direction ?? "DESC"}
            allowDeselect={false}
            w={130}
            disabled={!orderByMetric}
            onChange={(value) =>
              orderByMetric &&
              put({
                orderBy,
                orderByMetric: { ...orderByMetric, direction: value === "ASC" ? "ASC" : "DESC" },
              })
            }
          />
        </>
      )}
    </>
  );
}
