import { useMutation } from "@apollo/client/react";
import { Alert, Button, Group, NumberInput, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { DataTable } from "../../parts/data-table.js";
import { inWords } from "../../parts/format.js";
import { messageOf } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";

const RETENTION = graphql(`
  mutation ApplyRetention($keepDays: Int, $keepWeeks: Int, $keepMonths: Int, $dryRun: Boolean!) {
    applyRetention(keepDays: $keepDays, keepWeeks: $keepWeeks, keepMonths: $keepMonths, dryRun: $dryRun) {
      dryRun
      limit
      dates {
        asOf
        outcome
        reason
        keptFor {
          id
          model
          version
        }
      }
    }
  }
`);

/** What is kept: of days every date, of weeks and months beside them the newest. */
type Policy = { [Period in "keepDays" | "keepWeeks" | "keepMonths"]: number | null };

const PERIODS = [
  ["keepDays", "Days", "Every date."],
  ["keepWeeks", "Weeks", "The newest date of each."],
  ["keepMonths", "Months", "Likewise; alone, all dates."],
] as const;

/** Drops the rows of old snapshots: first what would go, then the button. */
export function Retention({ done }: { done: () => unknown }) {
  const [policy, setPolicy] = useState<Policy>({ keepDays: null, keepWeeks: null, keepMonths: 12 });
  const [ask, { data, loading, error, reset }] = useMutation(RETENTION);
  const report = data?.applyRetention;
  const dropped = report?.dates.filter(({ outcome }) => outcome === "WOULD_DROP") ?? [];
  return (
    <Section
      title="Retention"
      note="Drops the rows of old dates, counted back from the newest snapshot; what the catalogue says of them stays. Dates that Production or Staging was trained from are kept."
    >
      <Stack gap="sm">
        <Group align="end" gap="sm">
          {PERIODS.map(([period, label, description]) => (
            <NumberInput
              key={period}
              label={`${label} to keep`}
              description={description}
              value={policy[period] ?? ""}
              min={1}
              max={36_500}
              allowDecimal={false}
              onChange={(value) => {
                setPolicy({ ...policy, [period]: typeof value === "number" && value >= 1 ? value : null });
                reset();
              }}
              w={190}
            />
          ))}
          <Button
            variant="default"
            loading={loading}
            onClick={() => void ask({ variables: { ...policy, dryRun: true } }).catch(() => {})}
          >
            See what would be dropped
          </Button>
          {dropped.length > 0 && (
            <Act
              label={`Drop ${dropped.length} ${dropped.length === 1 ? "date" : "dates"}`}
              size="sm"
              color="red"
              mutation={RETENTION}
              variables={() => ({ ...policy, dryRun: false })}
              confirm={`The rows of ${dropped.map(({ asOf }) => asOf).join(", ")} are dropped. They cannot be brought back but by ingesting the deliveries again.`}
              said="The rows were dropped"
              done={() => {
                reset();
                return done();
              }}
            />
          )}
        </Group>
        {error && (
          <Alert color="red" role="alert">
            {messageOf(error)}
          </Alert>
        )}
        {report && dropped.length === 0 && (
          <Text size="sm">Nothing would be dropped: every date is kept.</Text>
        )}
        {report && (
          <DataTable
            label="What retention would do"
            rows={report.dates}
            keyOf={({ asOf }) => asOf}
            columns={[
              { name: "Date", cell: ({ asOf }) => <Link to={`/snapshots/${asOf}`}>{asOf}</Link> },
              { name: "Outcome", cell: ({ outcome }) => inWords(outcome) },
              { name: "Why", cell: ({ reason }) => reason },
            ]}
          />
        )}
      </Stack>
    </Section>
  );
}
