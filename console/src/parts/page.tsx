import { Anchor, Breadcrumbs, Group, Stack, Text, Title } from "@mantine/core";
import { type DocumentNode, print } from "graphql";
import { type ReactNode, useEffect } from "react";
import { Link } from "react-router";
import { at } from "../place.js";

interface Props {
  title: string;
  /** What is above the page: label and route. */
  trail?: readonly (readonly [label: string, to: string])[];
  /** Beside the title, such as a status. */
  badge?: ReactNode;
  /** Buttons. */
  actions?: ReactNode;
  /** The page's own query, shown to whoever prefers to type. */
  query?: DocumentNode;
  variables?: Record<string, unknown>;
  children: ReactNode;
}

/** A page's frame: its title, also the document's, the way back, its actions and its query. */
export function Page({ title, trail = [], badge, actions, query, variables, children }: Props) {
  useEffect(() => {
    document.title = `${title} · asof`;
  }, [title]);
  return (
    <Stack gap="lg">
      <div>
        {trail.length > 0 && (
          <Breadcrumbs mb={4}>
            {trail.map(([label, to]) => (
              <Anchor key={to} component={Link} to={to} size="sm">
                {label}
              </Anchor>
            ))}
          </Breadcrumbs>
        )}
        <Group justify="space-between" align="center">
          <Group gap="sm" style={{ minWidth: 0 }}>
            <Title order={1} size="h2" style={{ overflowWrap: "anywhere" }}>
              {title}
            </Title>
            {badge}
          </Group>
          <Group gap="xs">
            {query && (
              <Anchor href={playgroundOf(query, variables)} size="sm">
                Show the query
              </Anchor>
            )}
            {actions}
          </Group>
        </Group>
      </div>
      {children}
    </Stack>
  );
}

/** The playground, with this query in a tab of its own. */
function playgroundOf(query: DocumentNode, variables?: Record<string, unknown>): string {
  const address = new URL(at("graphql"));
  address.searchParams.set("query", print(query));
  if (variables) address.searchParams.set("variables", JSON.stringify(variables, null, 2));
  return address.href;
}

/** A part of a page, with a heading of its own. */
export function Section({
  title,
  note,
  actions,
  children,
}: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} style={{ minWidth: 0 }}>
      <Group justify="space-between" mb="xs">
        <div>
          <Title order={2} size="h4">
            {title}
          </Title>
          {note && (
            <Text size="sm" c="dimmed">
              {note}
            </Text>
          )}
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </section>
  );
}
