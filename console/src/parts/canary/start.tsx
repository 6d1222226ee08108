import { useMutation } from "@apollo/client/react";
import { Alert, Button, Group, NumberInput, Select, Stack, Switch, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { CanaryRuleInput, Task } from "../../graphql/graphql.js";
import { useSession } from "../../session.js";
import { messageOf } from "../loaded.js";
import { LOOKS, taskOfModel } from "../tasks.js";
import { VersionSelect } from "../version-select.js";
import { START } from "./canary.query.js";

interface Props {
  model: string;
  versions: readonly number[];
  champion: number;
  done: () => unknown;
}

type Given = string | number;

/** What the bounds begin with: empty ones are not asked for. */
const BOUNDS = { minRows: 200, agreement: 90, fallbacks: 1, metric: null as string | null, loss: 0.02 };
type Bounds = { [Name in keyof typeof BOUNDS]: Name extends "metric" ? string | null : Given };

export function StartCanary({ model, versions, champion, done }: Props) {
  const [version, setVersion] = useState(String(versions[0]));
  const [percent, setPercent] = useState<Given>(5);
  const [stops, setStops] = useState(false);
  const [bounds, setBounds] = useState<Bounds>(BOUNDS);
  const task = taskOfModel(useSession().deployment.services, model);
  const [start, { loading, error }] = useMutation(START);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const stopRule = stops ? ruleOf(bounds, task) : null;
    const input = { model, version: Number(version), share: Number(percent) / 100, stopRule };
    try {
      await start({ variables: { input } });
    } catch {
      return; // It is shown.
    }
    await done();
  };
  return (
    <form onSubmit={submit} aria-label="Start a canary">
      <Stack gap="sm">
        <Group align="flex-end" gap="sm">
          {versions.length > 1 && <VersionSelect versions={versions} value={version} change={setVersion} />}
          <Amount
            label="Per cent of the keys"
            value={percent}
            change={setPercent}
            min={0.1}
            max={99.9}
            required
          />
          <Switch
            label="Stop by itself"
            checked={stops}
            onChange={({ currentTarget }) => setStops(currentTarget.checked)}
            mb={8}
          />
        </Group>
        {stops && <StopRule task={task} bounds={bounds} change={setBounds} />}
        <Text size="sm" c="dimmed">
          Version {version} answers its share from the next request on; version {champion} answers the others,
          and where it cannot.
        </Text>
        <Group>
          <Button type="submit" variant="default" loading={loading}>
            Start a canary
          </Button>
        </Group>
        {error && (
          <Alert color="red" role="alert">
            {messageOf(error)}
          </Alert>
        )}
      </Stack>
    </form>
  );
}

function StopRule({
  task,
  bounds,
  change,
}: {
  task: Task;
  bounds: Bounds;
  change: (bounds: Bounds) => void;
}) {
  const { minRows, agreement, fallbacks, metric, loss } = bounds;
  const set = (part: Partial<Bounds>) => change({ ...bounds, ...part });
  return (
    <Group align="flex-end" gap="sm">
      <Amount
        label="From so many rows on"
        value={minRows}
        change={(value) => set({ minRows: value })}
        min={1}
        max={1_000_000}
        required
      />
      {task !== "REGRESSION" && (
        <Amount
          label="Same answers at least, %"
          value={agreement}
          change={(value) => set({ agreement: value })}
          max={100}
        />
      )}
      <Amount
        label="Left to Production at most, %"
        value={fallbacks}
        change={(value) => set({ fallbacks: value })}
        max={100}
      />
      <Select
        label="Metric by labels"
        data={LOOKS[task].canary}
        value={metric}
        clearable
        placeholder="none"
        w={160}
        onChange={(value) => set({ metric: value })}
      />
      {metric && (
        <Amount label="May lose at most" value={loss} change={(value) => set({ loss: value })} required />
      )}
    </Group>
  );
}

function Amount({
  label,
  value,
  change,
  min = 0,
  max,
  required = false,
}: {
  label: string;
  value: Given;
  change: (value: Given) => void;
  min?: number;
  max?: number;
  required?: boolean;
}) {
  return (
    <NumberInput
      label={label}
      value={value}
      min={min}
      {...(max === undefined ? {} : { max })}
      required={required}
      withAsterisk={false}
      w={200}
      onChange={change}
    />
  );
}

const share = (percent: Given): number | null => (percent === "" ? null : Number(percent) / 100);

function ruleOf({ minRows, agreement, fallbacks, metric, loss }: Bounds, task: Task): CanaryRuleInput {
  return {
    minRows: Number(minRows),
    // Numbers are never the same.
    minAgreement: task === "REGRESSION" ? null : share(agreement),
    maxFallbackShare: share(fallbacks),
    metric,
    maxLoss: metric ? Number(loss) : null,
  };
}
