import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import type { VersionQuery } from "../../graphql/graphql.js";
import { Hash } from "../../parts/badges.js";
import { Facts } from "../../parts/facts.js";
import { fieldOf, formatBytes, formatNumber, formatValue, inWords } from "../../parts/format.js";
import { JsonView } from "../../parts/json-view.js";
import { Section } from "../../parts/page.js";
import { Time } from "../../parts/time.js";
import { at } from "../../place.js";
import { calibrationOf, chosenBy } from "./decision.js";

type VersionData = NonNullable<VersionQuery["modelVersion"]>;

/** What it is, what it was made from, and where it came from. */
export function About({ version }: { version: VersionData }) {
  const { run, snapshots } = version;
  const decision = version.evaluation?.decision;
  const seed = fieldOf(run?.params, "seed");
  return (
    <Section title="About it">
      <Facts
        of={[
          ["Algorithm", inWords(version.algorithm)],
          ["Servable", version.servable ? "yes" : "no"],
          ["Threshold", typeof version.threshold === "number" ? formatNumber(version.threshold) : null],
          ["Chosen by", decision && chosenBy(decision)],
          ["Calibration", decision && calibrationOf(decision)],
          ["Created", <Time key="created" at={version.createdAt} />],
          [
            "Judged by",
            run && (
              <Link key="run" to={`/runs/${run.id}`}>
                {inWords(run.kind)} {run.id.slice(0, 8)}
              </Link>
            ),
          ],
          [
            snapshots.length > 1 ? "Features and labels" : "Trained on",
            <Stack key="snapshots" gap={2}>
              {snapshots.map(({ id, asOf, revision, contentSha256 }) => (
                <Group key={id} gap="sm">
                  {/* As tall as what is pointed at must be. */}
                  <Anchor
                    component={Link}
                    to={`/snapshots/${asOf}?revision=${revision}`}
                    inherit
                    py={2}
                    display="inline-block"
                  >
                    {asOf} revision {revision}
                  </Anchor>
                  <Hash of={contentSha256} />
                </Group>
              ))}
            </Stack>,
          ],
          ["Seed", seed === undefined ? null : formatValue(seed)],
          ["Model file", <FileFact key="file" version={version} />],
          ["Imported from", version.importedFrom && <Provenance key="from" of={version.importedFrom} />],
          ["Commit", run?.gitCommit && <Hash key="commit" of={run.gitCommit} />],
        ]}
      />
      <details>
        <Text component="summary" size="sm" mt="xs" style={{ cursor: "pointer" }}>
          All parameters
        </Text>
        <JsonView value={run?.params ?? {}} label="Parameters" />
      </details>
    </Section>
  );
}

/** Where it was exported, and where it was registered first. */
function Provenance({
  of: { archive, signedBy, origin, from },
}: {
  of: NonNullable<VersionData["importedFrom"]>;
}) {
  const isMoved = from.deployment !== origin.deployment || from.version !== origin.version;
  return (
    <Stack gap={2}>
      <Group gap="sm">
        <Anchor href={at(`artifacts/${archive}`)} inherit py={2} display="inline-block">
          {from.deployment} version {from.version}
        </Anchor>
        <Hash of={archive} />
      </Group>
      {isMoved && (
        <Text size="sm">
          registered first in {origin.deployment} as version {origin.version}
        </Text>
      )}
      <Text size="sm" c="dimmed">
        run {origin.runId.slice(0, 8)} there,{" "}
        {signedBy ? `signed by ${signedBy.slice(0, 8)}` : "signature not asked for"}
      </Text>
    </Stack>
  );
}

function FileFact({ version: { sha256, bytes } }: { version: VersionData }) {
  if (!sha256) return <>none</>;
  return (
    <>
      {formatBytes(bytes ?? 0)} <Hash of={sha256} />
    </>
  );
}
