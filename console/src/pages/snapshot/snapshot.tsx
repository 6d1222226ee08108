import { useQuery } from "@apollo/client/react";
import { Group, Stack } from "@mantine/core";
import { Link, useParams } from "react-router";
import type { SnapshotQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { formatBytes, formatNumber } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";
import { Withdraw } from "../snapshots/withdraw.js";

const SNAPSHOT = graphql(`
  query Snapshot($asOf: Date!, $revision: Int) {
    snapshot(asOf: $asOf, revision: $revision) {
      id
      asOf
      revision
      state
      createdAt
      rowCount
      contentSha256
      rowsAvailable
      lateEvents
      withdrawal {
        at
        actor
        reason
        run {
          id
        }
      }
      run {
        id
        actor
      }
      views {
        name
        rowCount
        contentSha256
      }
      parts {
        source
        eventDate
        carriedOn
        rowCount
        contentSha256
      }
      labelled
      sources {
        name
        bytes
        rowCount
        sha256
      }
      validation {
        success
        expectations {
          success
        }
      }
    }
    newest: snapshot(asOf: $asOf) {
      id
      revision
    }
    featureViews {
      id
      name
    }
    models(first: 100) {
      id
      name
      versions(first: 50) {
        id
        version
        stage
        snapshot {
          id
        }
      }
    }
    snapshots(first: 200) {
      nodes {
        id
        asOf
        revision
        state
      }
    }
  }
`);

type Data = SnapshotQuery;

/** One snapshot: what it is made of, byte for byte, which models were trained from it, and how it came about. */
export default function SnapshotPage() {
  const { asOf = "" } = useParams();
  const [named] = useUrlState("revision");
  const revision = /^\d{1,9}$/.test(named) ? Number(named) : null;
  const variables = { asOf, revision };
  const result = useQuery(SNAPSHOT, { variables });
  const { can } = useSession();
  const { data } = result;
  const snapshot = data?.snapshot;
  const isNewest = snapshot && snapshot.id === data?.newest?.id;
  return (
    <Page
      title={revision === null ? `Snapshot of ${asOf}` : `Snapshot of ${asOf}, revision ${revision}`}
      trail={[["Snapshots", "/snapshots"]]}
      badge={snapshot && <Status of={snapshot.state} />}
      actions={
        can("OPERATOR") &&
        snapshot?.state === "PUBLISHED" &&
        isNewest && <Withdraw asOf={asOf} done={() => result.refetch()} />
      }
      query={SNAPSHOT}
      variables={variables}
    >
      <Loaded result={result}>
        {(data) =>
          data.snapshot ? (
            <Stack gap="xl">
              <About snapshot={data.snapshot} data={data} />
              <Files of={data.snapshot.sources} />
              <Carried snapshot={data.snapshot} />
              <Parts snapshot={data.snapshot} views={data.featureViews} />
            </Stack>
          ) : (
            <Empty
              title={`There is no ${revision === null ? "snapshot" : `revision ${revision}`} of ${asOf}`}
            >
              <Link to="/snapshots">All snapshots</Link>
            </Empty>
          )
        }
      </Loaded>
    </Page>
  );
}

type Found = NonNullable<Data["snapshot"]>;

function About({ snapshot, data }: { snapshot: Found; data: Data }) {
  const { id, asOf, revision, contentSha256, createdAt, rowCount, run, withdrawal, validation } = snapshot;
  const trained = data.models.flatMap(({ name, versions }) =>
    versions.filter((version) => version.snapshot?.id === id).map((version) => ({ name, ...version })),
  );
  const { nodes } = data.snapshots;
  const others = nodes.filter((each) => each.asOf === asOf && each.id !== id);
  const before = nodes.find((each) => each.asOf < asOf && each.state === "PUBLISHED");
  const failed = validation?.expectations.filter(({ success }) => !success).length ?? 0;
  return (
    <Facts
      of={[
        ["SHA-256 of its content", <Hash key="hash" of={contentSha256} />],
        ["Rows", formatNumber(rowCount)],
        ["Published", <Time key="time" at={createdAt} />],
        [
          "By",
          <>
            {run.actor}, <Link to={`/runs/${run.id}`}>run {run.id.slice(0, 8)}</Link>
          </>,
        ],
        [
          "Validation",
          validation && (
            <Link to={`/runs/${run.id}`}>
              {failed === 0
                ? `All ${validation.expectations.length} expectations held`
                : `${failed} of ${validation.expectations.length} expectations failed`}
            </Link>
          ),
        ],
        [
          "Labels of its date",
          snapshot.labelled.length === 0
            ? "none: nothing can be trained as of it without labels of another date"
            : `of ${snapshot.labelled.join(", ")}`,
        ],
        [
          "Late events",
          snapshot.lateEvents === 0
            ? null
            : `${formatNumber(snapshot.lateEvents)} came after its windows were computed: asof resnapshot ${asOf} makes the next revision`,
        ],
        [
          "Trained from it",
          trained.length === 0 ? (
            "no version"
          ) : (
            <Group key="trained" gap="sm">
              {trained.map(({ id, name, version, stage }) => (
                <Group key={id} gap={4} wrap="nowrap">
                  <Link to={`/models/${encodeURIComponent(name)}/${version}`}>
                    {name} {version}
                  </Link>
                  {stage !== "NONE" && <Status of={stage} />}
                </Group>
              ))}
            </Group>
          ),
        ],
        [
          "Other revisions",
          others.length === 0 ? null : (
            <Group key="others" gap="sm">
              {others.map((other) => (
                <Group key={other.id} gap={4} wrap="nowrap">
                  <Link to={`/snapshots/${asOf}?revision=${other.revision}`}>revision {other.revision}</Link>
                  <Status of={other.state} />
                </Group>
              ))}
            </Group>
          ),
        ],
        [
          "Compare",
          before && (
            <Link to={`/snapshots/diff?from=${before.asOf}&to=${asOf}`}>
              with the one before, of {before.asOf}
            </Link>
          ),
        ],
        [
          "Withdrawn",
          withdrawal && (
            <>
              <Time at={withdrawal.at} /> by {withdrawal.actor}: {withdrawal.reason},{" "}
              <Link to={`/runs/${withdrawal.run.id}`}>run {withdrawal.run.id.slice(0, 8)}</Link>
            </>
          ),
        ],
        [
          "Rows available",
          snapshot.rowsAvailable
            ? null
            : `No: retention dropped them. Ingest ${asOf} again, and they become revision ${revision + 1} or later.`,
        ],
      ]}
    />
  );
}

function Files({ of }: { of: Found["sources"] }) {
  return (
    <Section title="Files" note="The bytes it was made from: the SHA-256 of each file as it was delivered.">
      <DataTable
        label="Files"
        rows={of}
        keyOf={({ name }) => name}
        columns={[
          { name: "Source", cell: ({ name }) => name },
          { name: "Rows", numeric: true, cell: ({ rowCount }) => formatNumber(rowCount) },
          { name: "Size", numeric: true, cell: ({ bytes }) => formatBytes(bytes) },
          { name: "SHA-256", cell: ({ sha256 }) => <Hash of={sha256} /> },
        ]}
      />
    </Section>
  );
}

/** What the deliveries of the date lack; nothing where they lack nothing. */
function Carried({ snapshot }: { snapshot: Found }) {
  const carried = snapshot.parts.filter(({ carriedOn }) => carriedOn);
  if (carried.length === 0) return null;
  return (
    <Section
      title="Carried on"
      note="Sources that were not delivered for this date. Their values keep their own date: their age counts from it."
    >
      <DataTable
        label="Carried on"
        rows={carried}
        keyOf={({ source }) => source}
        columns={[
          { name: "Source", cell: ({ source }) => source },
          {
            name: "Of",
            cell: ({ eventDate }) => <Link to={`/snapshots/${eventDate}`}>{eventDate}</Link>,
          },
          { name: "Rows", numeric: true, cell: ({ rowCount }) => formatNumber(rowCount) },
          { name: "SHA-256", cell: ({ contentSha256 }) => <Hash of={contentSha256} /> },
        ]}
      />
    </Section>
  );
}

function Parts({ snapshot, views }: { snapshot: Found; views: Data["featureViews"] }) {
  const declared = new Set(views.map(({ name }) => name));
  return (
    <Section
      title="Views and labels"
      note="Each with the hash of its rows, whatever their order. Two snapshots with the same hash have the same values."
    >
      <DataTable
        label="Views and labels"
        rows={snapshot.views}
        keyOf={({ name }) => name}
        columns={[
          {
            name: "Name",
            cell: ({ name }) =>
              declared.has(name) ? (
                <Link to={`/features/${encodeURIComponent(name)}?asOf=${snapshot.asOf}`}>{name}</Link>
              ) : (
                name
              ),
          },
          { name: "Rows", numeric: true, cell: ({ rowCount }) => formatNumber(rowCount) },
          { name: "SHA-256", cell: ({ contentSha256 }) => <Hash of={contentSha256} /> },
        ]}
      />
    </Section>
  );
}
