import { Stack, Text } from "@mantine/core";
import type { RunQuery } from "../../graphql/graphql.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber } from "../../parts/format.js";
import { Section } from "../../parts/page.js";

type RunData = NonNullable<RunQuery["run"]>;

/** What the delivery was checked for: what failed first, with the lines it failed on. */
export function Validation({
  of,
  quarantined,
}: {
  of: NonNullable<RunData["validation"]>;
  quarantined: RunData["quarantined"];
}) {
  const failed = of.expectations.filter(({ success }) => !success);
  const held = of.expectations.length - failed.length;
  return (
    <Section title="Validation" note={`${held} of ${of.expectations.length} expectations hold.`}>
      <Stack>
        {failed.length > 0 && (
          <DataTable
            label="Expectations that do not hold"
            rows={failed}
            keyOf={({ source, column, expectation, rule }) => `${source} ${column} ${expectation} ${rule}`}
            columns={[
              { name: "File", cell: ({ file, source }) => file ?? source },
              { name: "Column", cell: ({ column }) => column ?? "–" },
              { name: "Expectation", cell: ({ expectation }) => expectation },
              { name: "Rule", cell: ({ rule }) => rule ?? "–" },
              {
                name: "Severity",
                cell: ({ severity }) => <Status of={severity === "ERROR" ? "FAILED" : "DEGRADED"} />,
              },
              { name: "Rows", numeric: true, cell: ({ unexpectedCount }) => formatNumber(unexpectedCount) },
              {
                name: "First lines",
                cell: ({ sample }) => (
                  <Text size="xs" style={{ whiteSpace: "pre-wrap" }}>
                    {sample
                      .slice(0, 5)
                      .map(
                        ({ line, key, value }) => `line ${line}${key ? `, ${key}` : ""}: ${value ?? "empty"}`,
                      )
                      .join("\n")}
                  </Text>
                ),
              },
            ]}
          />
        )}
        {quarantined.totalCount > 0 && (
          <DataTable
            label="Quarantined rows"
            rows={quarantined.nodes}
            keyOf={({ source, line }) => `${source} ${line}`}
            columns={[
              { name: "Kept out of", cell: ({ source }) => source },
              { name: "Line", numeric: true, cell: ({ line }) => line },
              { name: "Key", cell: ({ key }) => key ?? "–" },
              {
                name: "Why",
                cell: ({ reasons }) =>
                  reasons.map(({ column, rule }) => `${column ?? "row"}: ${rule}`).join("; "),
              },
            ]}
          />
        )}
      </Stack>
    </Section>
  );
}
