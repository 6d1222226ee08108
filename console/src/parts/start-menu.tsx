import { useQuery } from "@apollo/client/react";
import { Button, Menu } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { graphql } from "../graphql/index.js";
import { useSession } from "../session.js";
import { inWords } from "./format.js";

const RUN_KINDS = graphql(`
  query StartableRuns {
    mutationDefinitions {
      name
      role
      kind
    }
  }
`);

/** Leads to the form of each kind of run that the deployment has and the caller may start. */
export function StartMenu() {
  const { can } = useSession();
  const [opened, setOpened] = useState(false);
  const { data, error } = useQuery(RUN_KINDS, { skip: !opened, fetchPolicy: "cache-first" });
  if (!can("OPERATOR")) return null;
  const kinds = (data?.mutationDefinitions ?? []).filter(({ kind, role }) => kind !== null && can(role));
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-end">
      <Menu.Target>
        <Button size="xs">Start a run</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {error && <Menu.Label>{error.message}</Menu.Label>}
        {kinds.map(({ name, kind }) => (
          <Menu.Item key={name} component={Link} to={`/start/${name}`}>
            {inWords(kind!)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item component={Link} to="/start">
          All operations
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
