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
  mutation ApplyRetention($keepMonths: Int!, $dryRun: Boolean!) {
    applyRetention(keepMonths: $keepMonths, dryRun: $dryRun) {
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

const KEEP_MONTHS = 12;

/** Drops the rows of old snapshots: first what would go, then the button. */
export function Retention({ done }: { done: () => unknown }) {
  const [keepMonths, setKeepMonths] = useState(KEEP_MONTHS);
  const [ask, { data, loading, error, reset }] = useMutation(RETENTION);
  const report = data?.applyRetention;
  const dropped = report?.dates.filter(({ outcome }) => outcome === "WOULD_DROP") ?? [];
  return (
    <Section
      title="Retention"
      note="Drops the rows of old dates; what the catalogue says of them stays. Dates that Production or Staging was trained from are kept."
    >
      <Stack gap="sm">
        <Group align="end" gap="sm">
          <NumberInput
            label="Months to keep"
            description="Counted back from the newest snapshot."
            value={keepMonths}
            min={1}
            max={1_200}
            allowDecimal={false}
            onChange={(value) => {
              setKeepMonths(typeof value === "number" && value >= 1 ? value : KEEP_MONTHS);
              reset();
            }}
            w={230}
          />
          <Button
            variant="default"
            loading={loading}
            onClick={() => void ask({ variables: { keepMonths, dryRun: true } }).catch(() => {})}
          >
            See what would be dropped
          </Button>
          {dropped.length > 0 && (
            <Act
              label={`Drop ${dropped.length} ${dropped.length === 1 ? "date" : "dates"}`}
              size="sm"
              color="red"
              mutation={RETENTION}
              variables={() => ({ keepMonths, dryRun: false })}
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
