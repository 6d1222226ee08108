import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  Tooltip,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link, Outlet, useLocation } from "react-router";
import { pathOfEntity } from "./parts/entity-key.js";
import { inWords } from "./parts/format.js";
import { at } from "./place.js";
import { useSession } from "./session.js";

/** What every page stands in: the way to the other pages, who is signed in, light or dark. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  const { deployment } = useSession();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 208, breakpoint: "md", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="md"
              size="sm"
              aria-label="Pages"
              aria-expanded={opened}
            />
            <img src={at("icon.svg")} width={24} height={24} alt="" />
            <Text fw={700}>asof</Text>
            <Text c="dimmed" size="sm" visibleFrom="xs">
              {deployment.name}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SchemeSwitch />
            <Viewer />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        <Pages onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Pages({ onNavigate }: { onNavigate: () => void }) {
  const { pathname } = useLocation();
  const { can, deployment } = useSession();
  const pages: (readonly [label: string, to: string])[] = [
    ["Overview", "/"],
    ["Runs", "/runs"],
    ["Models", "/models"],
    ["Features", "/features"],
    ["Snapshots", "/snapshots"],
    ...deployment.entities.map((entity) => [inWords(entity.plural), pathOfEntity(entity)] as const),
    ["Predictions", "/predictions"],
    ["Schedules", "/schedules"],
    ...(can("OPERATOR")
      ? ([
          ["Alerts", "/alerts"],
          ["Operations", "/start"],
        ] as const)
      : []),
    ["Access", "/access"],
    ...(can("ADMIN") ? [["Audit", "/audit"] as const] : []),
  ];
  return (
    <>
      {pages.map(([label, to]) => {
        const active = to === "/" ? pathname === "/" : pathname === to || pathname.startsWith(`${to}/`);
        return (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            active={active}
            aria-current={active ? "page" : undefined}
            onClick={onNavigate}
          />
        );
      })}
      <NavLink href={at("graphql")} label="Playground" />
    </>
  );
}

function SchemeSwitch() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme() === "dark";
  const label = dark ? "Light colours" : "Dark colours";
  return (
    <Tooltip label={label}>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={label}
        onClick={() => setColorScheme(dark ? "light" : "dark")}
      >
        {dark ? "☀" : "☾"}
      </ActionIcon>
    </Tooltip>
  );
}

function Viewer() {
  const { viewer, signOut } = useSession();
  if (viewer.open) {
    return (
      <Tooltip label="No token exists yet: whoever reaches this port may do everything" multiline maw={260}>
        <Text size="sm" c="dimmed" tabIndex={0}>
          open
        </Text>
      </Tooltip>
    );
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size="lg" w="auto" px="sm" aria-label={`Signed in as ${viewer.actor}`}>
          <Text size="sm">{viewer.actor}</Text>
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{inWords(viewer.role)}</Menu.Label>
        <Menu.Item component={Link} to="/access">
          Who may do what
        </Menu.Item>
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
