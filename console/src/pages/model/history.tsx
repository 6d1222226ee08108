import { Anchor, Badge, Group, Stack, Text, Timeline } from "@mantine/core";
import { Link } from "react-router";
import type { ModelQuery } from "../../graphql/graphql.js";
import { inWords } from "../../parts/format.js";
import { Empty } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { Gates } from "./gates.js";
import { OlderAndNewest } from "./older.js";
import { versionPath } from "./version-path.js";

type Transition = NonNullable<ModelQuery["model"]>["transitions"][number];

/** Who moved which version when, why, and what the gates said. */
export function History({ of, older, model }: { of: readonly Transition[]; older: boolean; model: string }) {
  return (
    <Section title="History" note="Written once, never changed. The newest first.">
      {of.length === 0 ? (
        <Empty title="Nothing has moved yet">A version that is promoted is the first entry.</Empty>
      ) : (
        <Stack>
          <Timeline bulletSize={14} lineWidth={2} active={of.length} color="indigo">
            {of.map((transition) => (
              <Timeline.Item
                key={transition.id}
                title={<Moved transition={transition} model={model} />}
                color={transition.forced ? "red" : "indigo"}
              >
                <Text size="sm" c="dimmed">
                  <Time at={transition.at} /> by {transition.actor}
                </Text>
                {transition.reason && <Text size="sm">{transition.reason}</Text>}
                <Judged of={transition.gates} />
              </Timeline.Item>
            ))}
          </Timeline>
          <OlderAndNewest name="earlier" last={older ? of.at(-1)!.id : null} what="entries" />
        </Stack>
      )}
    </Section>
  );
}

function Moved({
  transition: { version, from, to, forced, gates },
  model,
}: {
  transition: Transition;
  model: string;
}) {
  const failed = gates.filter(({ passed }) => !passed).length;
  return (
    <Group gap="xs" component="span">
      <span>
        <Anchor component={Link} to={versionPath(model, version)} fw={600}>
          Version {version}
        </Anchor>{" "}
        from {inWords(from)} to {inWords(to)}
      </span>
      {forced && (
        <Badge color="red" radius="sm" tt="none" miw="max-content">
          forced past {failed} {failed === 1 ? "gate" : "gates"}
        </Badge>
      )}
    </Group>
  );
}

function Judged({ of }: { of: Transition["gates"] }) {
  if (of.length === 0) return null;
  const failed = of.filter(({ passed }) => !passed);
  const all =
    failed.length === 0 ? `${of.length} gates passed` : `${failed.length} of ${of.length} gates failed`;
  return (
    <details style={{ marginTop: 4 }}>
      <summary style={{ cursor: "pointer", fontSize: 14 }}>
        {all}
        {failed.length > 0 && `: ${failed.map(({ name }) => name).join(", ")}`}
      </summary>
      <div style={{ padding: "6px 0 0 12px" }}>
        <Gates of={of} />
      </div>
    </details>
  );
}
