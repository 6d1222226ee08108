import { useQuery } from "@apollo/client/react";
import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import type { AuditLogQuery, AuditOutcome } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { Facts } from "../../parts/facts.js";
import { inWords } from "../../parts/format.js";
import { JsonView } from "../../parts/json-view.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Pager, usePage } from "../../parts/pager.js";
import { Time } from "../../parts/time.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";
import { Changed } from "./changed.js";

const AUDIT_LOG = graphql(`
  query AuditLog(
    $actor: String
    $action: String
    $outcome: AuditOutcome
    $from: DateTime
    $to: DateTime
    $search: String
    $first: Int!
    $after: String
  ) {
    auditLog(
      actor: $actor
      action: $action
      outcome: $outcome
      from: $from
      to: $to
      search: $search
      first: $first
      after: $after
    ) {
      nodes {
        id
        at
        actor
        role
        requestId
        action
        subject
        outcome
        code
        args
        details
        erased
        hash
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

type Act = AuditLogQuery["auditLog"]["nodes"][number];

const OUTCOMES: readonly AuditOutcome[] = ["DONE", "REFUSED", "FAILED", "ASKED"];

/** Who did, or was refused, what, the newest first. For admins. */
export default function Audit() {
  const { can } = useSession();
  if (can("ADMIN")) return <AuditLog />;
  return (
    <Page title="Audit">
      <Empty title="The audit log is for admins">It has what everybody did, and from where.</Empty>
    </Page>
  );
}

function AuditLog() {
  const [params] = useSearchParams();
  const { first, after, setSize } = usePage();
  const [shown, show] = useState<Act | null>(null);
  const outcome = OUTCOMES.find((each) => each === params.get("outcome")) ?? null;
  const asked = (name: string) => params.get(name) || null;
  const variables = {
    ...{ actor: asked("actor"), action: asked("action"), search: asked("search") },
    ...{ outcome, from: startOf(asked("from")), to: endOf(asked("to")), first, after },
  };
  const result = useQuery(AUDIT_LOG, { variables, pollInterval: 30_000 });
  const data = result.data ?? result.previousData;
  return (
    <Page title="Audit" query={AUDIT_LOG} variables={variables}>
      <Filters key={params.toString()} />
      <Loaded result={{ ...result, data }}>
        {({ auditLog: { nodes, pageInfo } }) =>
          nodes.length === 0 ? (
            <Empty title={after ? "The log ends before this page" : "The log has no such entry"}>
              Every change is on record, and who was shown personal values. Take a filter away.
            </Empty>
          ) : (
            <Stack>
              <Acts of={nodes} show={show} />
              <Pager what="Entries" pageInfo={pageInfo} size={String(first)} setSize={setSize} />
            </Stack>
          )
        }
      </Loaded>
      {shown && <ActModal act={shown} close={() => show(null)} />}
    </Page>
  );
}

/** A day of UTC, as the log counts them. */
const startOf = (day: string | null): string | null => (isDay(day) ? `${day}T00:00:00Z` : null);

/** The day is in it. */
const endOf = (day: string | null): string | null =>
  isDay(day) ? new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString() : null;

const isDay = (day: string | null): day is string =>
  day !== null && !Number.isNaN(Date.parse(`${day}T00:00:00Z`));

const OneLine = ({ of }: { of: string }) => <span style={{ whiteSpace: "nowrap" }}>{of}</span>;

function Acts({ of, show }: { of: readonly Act[]; show: (act: Act) => void }) {
  return (
    <DataTable
      label="Audit log"
      rows={of}
      keyOf={({ id }) => id}
      columns={[
        {
          name: "Entry",
          cell: (act) => (
            <Button
              variant="default"
              size="compact-xs"
              onClick={() => show(act)}
              aria-label={`Entry ${act.id}`}
            >
              {act.id}
            </Button>
          ),
        },
        { name: "At", cell: ({ at }) => <Time at={at} /> },
        { name: "Actor", cell: ({ actor }) => actor },
        { name: "Action", cell: ({ action }) => <OneLine of={action} /> },
        { name: "About", cell: ({ subject }) => <OneLine of={subject ?? "–"} /> },
        { name: "Outcome", cell: ({ outcome }) => <Status of={outcome} /> },
        { name: "Code", cell: ({ code }) => code ?? "–" },
      ]}
    />
  );
}

function ActModal({ act, close }: { act: Act; close: () => void }) {
  const { at, actor, role, requestId, subject, outcome, code, args, details, erased, hash } = act;
  return (
    <Modal opened onClose={close} title={`${act.action}, entry ${act.id}`} size="lg">
      <Stack>
        <Facts
          of={[
            ["At", <Time key="at" at={at} />],
            ["Actor", role ? `${actor} (${inWords(role)})` : actor],
            ["About", subject],
            ["Outcome", <Status key="outcome" of={outcome} />],
            ["Code", code],
            ["Request", requestId],
            ["Hash", <Hash key="hash" of={hash} />],
          ]}
        />
        {outcome === "ASKED" && (
          <Text size="sm">It has no answer: its process was killed, or it is under way.</Text>
        )}
        {erased && <Text size="sm">An erasure took details of it.</Text>}
        {args != null && <JsonPart title="Asked for" value={args} />}
        <Changed details={details} />
        {details != null && <JsonPart title="What came of it" value={details} />}
      </Stack>
    </Modal>
  );
}

const JsonPart = ({ title, value }: { title: string; value: unknown }) => (
  <div>
    <Text size="sm" fw={600} mb={4}>
      {title}
    </Text>
    <JsonView label={title} value={value} maxHeight={280} />
  </div>
);

const FIELDS = [
  ["actor", "Actor", "ci", "text"],
  ["action", "Action", "promote", "text"],
  ["search", "Search", "A text in anything of it", "search"],
  ["from", "From (UTC)", "", "date"],
  ["to", "To (UTC)", "", "date"],
] as const;

/** What is typed counts when it is sent: a search reads entry after entry. */
function Filters() {
  const [params, setParams] = useSearchParams();
  const [outcome, setOutcome] = useUrlState("outcome");
  const [values, setValues] = useState(() => FIELDS.map(([name]) => params.get(name) ?? ""));
  const show = (shown: readonly string[]) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete("after");
        for (const [i, [name]] of FIELDS.entries()) {
          if (shown[i]?.trim()) next.set(name, shown[i].trim());
          else next.delete(name);
        }
        return next;
      },
      { replace: true },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    show(values);
  };
  return (
    <form onSubmit={submit}>
      <Group align="end">
        <Select
          label="Outcome"
          placeholder="All"
          clearable
          clearButtonProps={{ "aria-label": "All outcomes" }}
          data={OUTCOMES.map((value) => ({
            value,
            label: value === "ASKED" ? "Asked, without an answer" : inWords(value),
          }))}
          value={outcome || null}
          onChange={setOutcome}
          w={150}
        />
        {FIELDS.map(([name, label, placeholder, type], i) => (
          <TextInput
            key={name}
            label={label}
            placeholder={placeholder}
            type={type}
            w={name === "search" ? 200 : 140}
            value={values[i]}
            onChange={({ currentTarget: { value } }) => setValues(values.with(i, value))}
          />
        ))}
        <Button type="submit" variant="default">
          Show
        </Button>
        {FIELDS.some(([name]) => params.has(name)) && (
          <Button variant="subtle" onClick={() => show([])}>
            Show all
          </Button>
        )}
      </Group>
    </form>
  );
}
