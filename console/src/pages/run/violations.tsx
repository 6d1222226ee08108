import { Code, Text } from "@mantine/core";
import type { RunQuery } from "../../graphql/graphql.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber } from "../../parts/format.js";
import { Section } from "../../parts/page.js";
import { linesOf } from "./lines.js";
import type { RunData } from "./run.js";

type Report = NonNullable<NonNullable<RunQuery["run"]>["validation"]>;

/** The very lines for which a delivery was not published, or that were kept out: what to correct, and where. */
export function Violations({ of, failed }: { of: Report; failed: boolean }) {
  const { lines, more } = linesOf(of.expectations);
  if (lines.length === 0) return null;
  return (
    <Section
      title={failed ? "Lines to correct" : "Lines that are not as expected"}
      note={more > 0 ? `The first of each rule; ${formatNumber(more)} more rows break one.` : undefined}
    >
      <DataTable
        label={failed ? "Lines to correct" : "Lines that are not as expected"}
        rows={lines}
        keyOf={({ key }) => key}
        maxHeight={420}
        columns={[
          {
            name: "Where",
            cell: ({ file, line }) => (
              <Code style={{ whiteSpace: "nowrap" }}>{line > 0 ? `${file}:${line}` : file}</Code>
            ),
          },
          { name: "Column", cell: ({ column }) => column ?? "–" },
          {
            name: "Value",
            cell: ({ value }) =>
              value === null ? (
                <Text inherit fs="italic">
                  empty
                </Text>
              ) : (
                <Code>{value}</Code>
              ),
          },
          { name: "Rule", cell: ({ rule }) => rule },
          { name: "Key", cell: ({ entity }) => entity ?? "–" },
          { name: "Severity", cell: ({ severity }) => <Severity of={severity} /> },
        ]}
      />
    </Section>
  );
}

/** A failed check by what follows from it. */
const Severity = ({ of }: { of: "ERROR" | "WARNING" }) => <Status of={of} />;

/** Everything the delivery was checked for, what does not hold first. */
export function Validation({ of }: { of: NonNullable<RunData["validation"]> }) {
  const held = of.expectations.filter(({ success }) => success).length;
  const rows = [...of.expectations].sort((a, b) => Number(a.success) - Number(b.success));
  return (
    <Section title="Validation" note={`${held} of ${rows.length} expectations hold.`}>
      <DataTable
        label="Expectations"
        rows={rows}
        keyOf={({ source, column, expectation, rule }) => `${source} ${column} ${expectation} ${rule}`}
        maxHeight={360}
        columns={[
          { name: "File", cell: ({ file, source }) => file ?? source },
          { name: "Column", cell: ({ column }) => column ?? "–" },
          { name: "Expectation", cell: ({ expectation }) => expectation },
          { name: "Rule", cell: ({ rule }) => rule ?? "–" },
          {
            name: "Result",
            cell: ({ success, severity }) => (success ? "holds" : <Severity of={severity} />),
          },
          { name: "Rows", numeric: true, cell: ({ unexpectedCount }) => formatNumber(unexpectedCount) },
        ]}
      />
    </Section>
  );
}
