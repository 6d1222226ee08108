import { useQuery } from "@apollo/client/react";
import { Button, Group, Select, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { Link } from "react-router";
import type { AlertDeliveriesQuery, AlertDeliveryState } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page, Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";
import { Events, Options } from "./options.js";

const RULES = graphql(`
  query AlertRules {
    alertRules(first: 500) {
      name
      on
      params
      channel
      options
      declared
      actor
    }
  }
`);

const DELIVERIES = graphql(`
  query AlertDeliveries($state: AlertDeliveryState) {
    alertDeliveries(state: $state, first: 200) {
      id
      rule
      event
      phase
      summary
      state
      attempts
      createdAt
      nextAt
      lastError
    }
  }
`);

const TEST = graphql(`
  mutation TestAlert($rule: String!) {
    testAlert(rule: $rule) {
      state
      lastError
    }
  }
`);

const RETRY = graphql(`
  mutation RetryAlertDelivery($id: String!) {
    retryAlertDelivery(id: $id) {
      id
      state
    }
  }
`);

const DELETE = graphql(`
  mutation DeleteAlertRule($name: String!) {
    deleteAlertRule(name: $name) {
      name
    }
  }
`);

const STATES: readonly AlertDeliveryState[] = ["PENDING", "DELIVERED", "DEAD"];

/** Who is told of what, and what became of each message. */
export default function Alerts() {
  const { can } = useSession();
  const isAdmin = can("ADMIN");
  return (
    <Page
      title="Alerts"
      query={can("OPERATOR") ? RULES : undefined}
      actions={
        isAdmin && (
          <Button component={Link} to="/start/setAlertRule" size="xs">
            New alert rule
          </Button>
        )
      }
    >
      {can("OPERATOR") ? (
        <RulesAndMessages isAdmin={isAdmin} />
      ) : (
        <Empty title="Operators see who is told of what">
          Receivers have addresses that are not for everybody.
        </Empty>
      )}
    </Page>
  );
}

function RulesAndMessages({ isAdmin }: { isAdmin: boolean }) {
  const [state, setState] = useUrlState("state");
  const shown = STATES.find((each) => each === state) ?? null;
  const deliveries = useQuery(DELIVERIES, { variables: { state: shown }, pollInterval: 10_000 });
  return (
    <>
      <Rules isAdmin={isAdmin} sent={() => deliveries.refetch()} />
      <Section
        title="Messages"
        note="What was taken or is dead is kept for 30 days."
        actions={
          <Select
            aria-label="State"
            placeholder="Any state"
            clearable
            size="xs"
            data={STATES.map((value) => ({ value, label: inWords(value) }))}
            value={shown}
            onChange={setState}
          />
        }
      >
        <Loaded result={deliveries}>
          {({ alertDeliveries }) => (
            <Messages of={alertDeliveries ?? []} changed={() => deliveries.refetch()} />
          )}
        </Loaded>
      </Section>
    </>
  );
}

function Rules({ isAdmin, sent }: { isAdmin: boolean; sent: () => unknown }) {
  const result = useQuery(RULES);
  return (
    <Section title="Rules">
      <Loaded result={result}>
        {({ alertRules }) =>
          !alertRules?.length ? (
            <Empty title="Nobody is told of anything">
              {isAdmin ? (
                <Link to="/start/setAlertRule">Set a first rule</Link>
              ) : (
                "The definitions declare rules, or an administrator sets them."
              )}
            </Empty>
          ) : (
            <DataTable
              label="Rules"
              rows={alertRules}
              keyOf={({ name }) => name}
              columns={[
                { name: "Rule", cell: ({ name }) => name },
                { name: "Tells of", cell: ({ on, params }) => <Events on={on} params={params} /> },
                { name: "By", cell: ({ channel }) => inWords(channel) },
                { name: "To", cell: ({ options }) => <Options of={options} /> },
                { name: "Set by", cell: ({ declared, actor }) => (declared ? "the definitions" : actor) },
                {
                  name: "Try",
                  cell: ({ name, declared }) => (
                    <Group gap={4} wrap="nowrap">
                      <Act
                        label="Test"
                        aria-label={`Test ${name}`}
                        mutation={TEST}
                        variables={() => ({ rule: name })}
                        done={({ testAlert: { state, lastError } }) => {
                          notifications.show(
                            state === "DELIVERED"
                              ? { message: `${name}: the receiver took the test`, color: "green" }
                              : { title: name, message: lastError, color: "red", autoClose: 15_000 },
                          );
                          return sent();
                        }}
                      />
                      {isAdmin && !declared && (
                        <Act
                          label="Delete"
                          color="red"
                          mutation={DELETE}
                          variables={() => ({ name })}
                          confirm={`The rule ${name} tells nobody any more. What waits for it is sent no more.`}
                          done={() => result.refetch()}
                        />
                      )}
                    </Group>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
    </Section>
  );
}

type Message = NonNullable<AlertDeliveriesQuery["alertDeliveries"]>[number];

function Messages({ of, changed }: { of: readonly Message[]; changed: () => unknown }) {
  if (of.length === 0) return <Empty title="No message" />;
  return (
    <DataTable
      label="Messages"
      rows={of}
      keyOf={({ id }) => id}
      columns={[
        { name: "When", cell: ({ createdAt }) => <Time at={createdAt} ago /> },
        { name: "State", cell: ({ state }) => <Status of={state} /> },
        {
          name: "Told",
          cell: ({ summary, phase }) => (
            <Text size="sm" miw={220}>
              {phase === "ENDED" ? `over: ${summary}` : summary}
            </Text>
          ),
        },
        { name: "Rule", cell: ({ rule }) => rule },
        { name: "Tried", numeric: true, cell: ({ attempts }) => attempts },
        { name: "Next", cell: ({ nextAt }) => nextAt !== null && <Time at={nextAt} ago /> },
        { name: "What kept it", cell: ({ lastError }) => lastError },
        {
          name: "Again",
          cell: ({ id, state, event }) =>
            state !== "DELIVERED" &&
            event !== "TEST" && (
              <Act
                label="Send again"
                mutation={RETRY}
                variables={() => ({ id })}
                said="It is sent again"
                done={changed}
              />
            ),
        },
      ]}
    />
  );
}
