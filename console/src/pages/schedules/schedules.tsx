import { useQuery } from "@apollo/client/react";
import { Button, Group } from "@mantine/core";
import { Link, useNavigate } from "react-router";
import type { SchedulesQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Act } from "../../parts/act.js";
import { DataTable } from "../../parts/data-table.js";
import { formatValue, inWords } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { useSession } from "../../session.js";

const SCHEDULES = graphql(`
  query Schedules {
    schedules(first: 500) {
      id
      name
      cron
      timezone
      kind
      params
      paused
      nextAt
      firings(first: 1) {
        scheduledFor
        error {
          message
        }
      }
    }
  }
`);

const PAUSE = graphql(`
  mutation PauseSchedule($name: String!) {
    pauseSchedule(name: $name) {
      id
      paused
      nextAt
    }
  }
`);

const RESUME = graphql(`
  mutation ResumeSchedule($name: String!) {
    resumeSchedule(name: $name) {
      id
      paused
      nextAt
    }
  }
`);

const RUN_NOW = graphql(`
  mutation RunSchedule($name: String!) {
    runSchedule(name: $name) {
      id
    }
  }
`);

const DELETE = graphql(`
  mutation DeleteSchedule($name: String!) {
    deleteSchedule(name: $name) {
      id
    }
  }
`);

/** What starts by the clock. */
export default function Schedules() {
  const result = useQuery(SCHEDULES, { pollInterval: 30_000 });
  const { can } = useSession();
  const navigate = useNavigate();
  const changed = () => result.refetch();
  return (
    <Page
      title="Schedules"
      query={SCHEDULES}
      actions={
        can("OPERATOR") && (
          <Button component={Link} to="/start/setSchedule" size="xs">
            Set a schedule
          </Button>
        )
      }
    >
      <Loaded result={result}>
        {({ schedules }) =>
          schedules.length === 0 ? (
            <Empty title="Nothing is scheduled">
              {can("OPERATOR") ? (
                <Link to="/start/setSchedule">Set a schedule</Link>
              ) : (
                "An operator sets one here, or with asof schedules set."
              )}
            </Empty>
          ) : (
            <DataTable
              label="Schedules"
              rows={schedules}
              keyOf={({ id }) => id}
              columns={[
                { name: "Name", cell: ({ name }) => name },
                { name: "Starts", cell: ({ kind }) => inWords(kind) },
                { name: "When", cell: ({ cron, timezone }) => `${cron} (${timezone})` },
                {
                  name: "Next",
                  cell: ({ paused, nextAt }) => (paused ? "paused" : <Time at={nextAt} ago />),
                },
                {
                  name: "Last",
                  cell: ({ firings: [last] }) =>
                    last ? (
                      last.error ? (
                        `failed: ${last.error.message}`
                      ) : (
                        <Time at={last.scheduledFor} ago />
                      )
                    ) : (
                      "–"
                    ),
                },
                { name: "Parameters", cell: ({ params }) => formatValue(params) },
                {
                  name: "Change",
                  cell: ({ name, paused, ...schedule }) => (
                    <Group gap={4} wrap="nowrap">
                      {can("OPERATOR") && (
                        <>
                          <Button
                            component={Link}
                            to={changeOf({ name, ...schedule })}
                            size="xs"
                            variant="default"
                          >
                            Change
                          </Button>
                          <Act
                            label="Run now"
                            mutation={RUN_NOW}
                            variables={() => ({ name })}
                            done={({ runSchedule }) => navigate(`/runs/${runSchedule.id}`)}
                          />
                          {paused ? (
                            <Act
                              label="Resume"
                              mutation={RESUME}
                              variables={() => ({ name })}
                              done={changed}
                            />
                          ) : (
                            <Act label="Pause" mutation={PAUSE} variables={() => ({ name })} done={changed} />
                          )}
                        </>
                      )}
                      {can("ADMIN") && (
                        <Act
                          label="Delete"
                          color="red"
                          mutation={DELETE}
                          variables={() => ({ name })}
                          confirm={`The schedule ${name} starts nothing any more. Runs that it started go on.`}
                          done={changed}
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
    </Page>
  );
}

/** The form that sets a schedule, filled in with what it is. */
function changeOf({
  name,
  cron,
  timezone,
  kind,
  params,
}: Omit<SchedulesQuery["schedules"][number], "paused">) {
  const given = { name, cron, timezone, kind, params: JSON.stringify(params) };
  return `/start/setSchedule?${new URLSearchParams(given)}`;
}
