import { Button, ScrollArea, Switch, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { formatMetric, formatValue } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import type { CompareAxis } from "./axes.js";
import type { ComparedRun } from "./compare.js";

/** As many runs as stand beside each other in columns; more are rows. */
const MOST_COLUMNS = 10;
const ROWS_AT_FIRST = 100;

interface Props {
  runs: readonly ComparedRun[];
  labels: readonly string[];
  axes: readonly CompareAxis[];
  remove: (id: string) => void;
  /** What differs stands out among what does not. */
  marked?: boolean;
}

/** Parameters and metrics of all runs; what is the same in all is left out until it is asked for. */
export function SideBySide({ runs, labels, axes, remove }: Omit<Props, "marked">) {
  const [all, setAll] = useUrlState("all");
  const shown = axes.filter(({ differs }) => all !== "" || differs);
  const same = axes.length - axes.filter(({ differs }) => differs).length;
  return (
    <Section
      title="Side by side"
      note={
        shown.length === 0
          ? "Parameters and metrics are the same in all of them."
          : all
            ? runs.length <= MOST_COLUMNS
              ? "Everything; what differs is bold."
              : "Everything."
            : `What differs. ${same} parameters and metrics are the same.`
      }
      actions={
        <Switch
          label="Show what is the same, too"
          checked={all !== ""}
          onChange={({ currentTarget }) => setAll(currentTarget.checked ? "1" : null)}
        />
      }
    >
      {shown.length > 0 &&
        (runs.length <= MOST_COLUMNS ? (
          <RunsAsColumns runs={runs} labels={labels} axes={shown} remove={remove} marked={all !== ""} />
        ) : (
          <RunsAsRows runs={runs} labels={labels} axes={shown} remove={remove} />
        ))}
    </Section>
  );
}

/** Plain cells: two hundred runs have thousands of them. */
function Scrolling({ children }: { children: ReactNode }) {
  return (
    <ScrollArea.Autosize
      mah={560}
      type="auto"
      offsetScrollbars
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": "Side by side" }}
    >
      <table className="numbers compared">{children}</table>
    </ScrollArea.Autosize>
  );
}

const cellOf = ({ kind, values }: CompareAxis, place: number): string => {
  const value = values[place];
  return kind === "metric" && typeof value === "number" ? formatMetric(value) : formatValue(value);
};

const isNumeric = ({ kind, values }: CompareAxis): boolean =>
  kind === "metric" || values.every((value) => value === null || typeof value === "number");

function RunLink({ run, label, remove }: { run: ComparedRun; label: string; remove: (id: string) => void }) {
  return (
    <>
      <Link to={`/runs/${run.id}`}>{label}</Link>{" "}
      <button
        type="button"
        className="remove"
        aria-label={`Take ${label} out`}
        onClick={() => remove(run.id)}
      >
        ×
      </button>
    </>
  );
}

function RunsAsColumns({ runs, labels, axes, remove, marked }: Props) {
  return (
    <Scrolling>
      <thead>
        <tr>
          <th scope="col">Name</th>
          {runs.map((run, place) => (
            <th key={run.id} scope="col" className="number">
              <RunLink run={run} label={labels[place]!} remove={remove} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {axes.map((axis) => (
          <tr key={axis.key} className={marked && axis.differs ? "differs" : undefined}>
            <th scope="row">{axis.name}</th>
            {runs.map((run, place) => (
              <td key={run.id} className="number">
                {cellOf(axis, place)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </Scrolling>
  );
}

function RunsAsRows({ runs, labels, axes, remove }: Props) {
  const [all, setAll] = useState(false);
  const shown = all ? runs : runs.slice(0, ROWS_AT_FIRST);
  return (
    <>
      <Scrolling>
        <thead>
          <tr>
            <th scope="col">Run</th>
            {axes.map((axis) => (
              <th key={axis.key} scope="col" className={isNumeric(axis) ? "number" : undefined}>
                {axis.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((run, place) => (
            <tr key={run.id}>
              <th scope="row">
                <RunLink run={run} label={labels[place]!} remove={remove} />
              </th>
              {axes.map((axis) => (
                <td key={axis.key} className={isNumeric(axis) ? "number" : undefined}>
                  {cellOf(axis, place)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </Scrolling>
      {shown.length < runs.length && (
        <Button mt="xs" size="xs" variant="default" onClick={() => setAll(true)}>
          Show the other {runs.length - shown.length}
        </Button>
      )}
      {all && runs.length > ROWS_AT_FIRST && <Text size="sm">All {runs.length} runs.</Text>}
    </>
  );
}
