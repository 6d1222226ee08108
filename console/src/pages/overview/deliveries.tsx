import { Alert, Button, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { FirstStepsQuery } from "../../graphql/graphql.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatBytes } from "../../parts/format.js";
import { Empty } from "../../parts/loaded.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";
import { probableDate } from "./next-date.js";

export type Deliveries = FirstStepsQuery["deliveries"];
export type Delivery = NonNullable<Deliveries>["nodes"][number];

/** Whether it still is to be ingested: nothing did, or what tried failed. */
export const isWaiting = ({ lastRun }: Delivery): boolean =>
  lastRun === null || lastRun === undefined || lastRun.status === "FAILED" || lastRun.status === "CANCELLED";

/** In the order of their names, as months are. */
const inOrder = (of: readonly Delivery[]): Delivery[] =>
  of.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));

/** Deliveries that could be ingested, each with a button. */
export function DeliveryTable({
  of,
  deliveries,
  newestSnapshot,
}: {
  of: readonly Delivery[];
  deliveries: Deliveries;
  newestSnapshot: string | undefined;
}) {
  const { can } = useSession();
  return (
    <Stack gap="xs">
      {deliveries?.problem && (
        <Alert color="orange" variant="light" title="Workers cannot look for deliveries now">
          {deliveries.problem}
        </Alert>
      )}
      {of.length === 0 ? (
        <Empty title="No delivery is there">
          Put a folder with one file for each source into the data directory (DATA_DIR). Workers look each
          minute;{" "}
          {deliveries?.scannedAt ? (
            <>
              the last look was <Time at={deliveries.scannedAt} ago />.
            </>
          ) : (
            "none has looked yet."
          )}
        </Empty>
      ) : (
        <DataTable
          label="Deliveries"
          rows={inOrder(of)}
          keyOf={({ name }) => name}
          columns={[
            { name: "Delivery", cell: ({ name }) => name },
            {
              name: "Ingest it",
              cell: (delivery) =>
                can("OPERATOR") &&
                isWaiting(delivery) && (
                  <Button
                    component={Link}
                    size="xs"
                    variant="default"
                    to={ingestOf(delivery.name, newestSnapshot)}
                    aria-label={`Ingest ${delivery.name}`}
                  >
                    Ingest
                  </Button>
                ),
            },
            { name: "Files", numeric: true, cell: ({ files }) => files.length || "–" },
            ...(of.some(({ lacks }) => lacks.length > 0)
              ? [{ name: "Lacks", cell: ({ lacks }: Delivery) => lacks.join(", ") }]
              : []),
            { name: "Size", numeric: true, cell: ({ bytes }) => formatBytes(bytes).replace(" ", "\u00a0") },
            { name: "Written", cell: ({ modifiedAt }) => <Time at={modifiedAt} ago /> },
            {
              name: "Last run",
              cell: ({ lastRun }) =>
                lastRun ? (
                  <Link to={`/runs/${lastRun.id}`}>
                    <Status of={lastRun.status} />
                  </Link>
                ) : (
                  <Text size="sm">none</Text>
                ),
            },
          ]}
        />
      )}
    </Stack>
  );
}

/** The form, filled in as far as can be known. */
function ingestOf(source: string, newestSnapshot: string | undefined): string {
  const asOf = probableDate(source, newestSnapshot);
  return `/start/ingest?${new URLSearchParams({ source, ...(asOf && { asOf }) })}`;
}
