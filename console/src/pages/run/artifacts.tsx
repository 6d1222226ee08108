import { Anchor, Button, Code, Group, Image, ScrollArea, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Hash } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import { formatBytes } from "../../parts/format.js";
import { JsonView } from "../../parts/json-view.js";
import { Failure, Waiting } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import { at } from "../../place.js";
import { csvRows, MOST_TEXT_BYTES, viewOf } from "./artifact-view.js";
import type { RunData } from "./run.js";

type Artifact = RunData["artifacts"][number];

/** The files it left; one of them in place, named in the address. */
export function Artifacts({ run: { kind, artifacts } }: { run: RunData }) {
  const [shown, show] = useUrlState("artifact");
  if (artifacts.length === 0) return null;
  const open = artifacts.find(({ name }) => name === shown);
  return (
    <Section title="Artifacts">
      <Stack>
        <DataTable
          label="Artifacts"
          rows={artifacts}
          keyOf={({ name }) => name}
          maxHeight={420}
          columns={[
            {
              name: "File",
              cell: ({ name, url }) => (
                <Anchor inherit href={at(url)} target="_blank" rel="noreferrer">
                  {name}
                </Anchor>
              ),
            },
            {
              name: "In place",
              cell: (artifact) =>
                viewOf(artifact) === "download" ? (
                  <Text size="xs">download only</Text>
                ) : (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-expanded={artifact.name === shown}
                    aria-label={`${artifact.name === shown ? "Hide" : "Show"} ${artifact.name}`}
                    onClick={() => show(artifact.name === shown ? null : artifact.name)}
                  >
                    {artifact.name === shown ? "Hide" : "Show"}
                  </Button>
                ),
            },
            { name: "Type", cell: ({ mediaType }) => mediaType },
            { name: "Size", numeric: true, cell: ({ bytes }) => formatBytes(bytes) },
            { name: "SHA-256", cell: ({ sha256 }) => <Hash of={sha256} /> },
          ]}
        />
        {open && <Shown key={open.sha256} artifact={open} own={kind !== "EXTERNAL"} />}
      </Stack>
    </Section>
  );
}

function Shown({ artifact, own }: { artifact: Artifact; own: boolean }) {
  const { name, url } = artifact;
  const view = viewOf(artifact);
  return (
    <section aria-label={name}>
      <Text fw={600} size="sm" mb={4}>
        {name}
      </Text>
      {view === "html" ? (
        // Without scripts, and of no origin. asof's own reports link to other pages.
        <iframe
          title={name}
          src={at(url)}
          sandbox={own ? "allow-top-navigation-by-user-activation" : ""}
          referrerPolicy="no-referrer"
          style={{ width: "100%", height: 520, border: "1px solid var(--mantine-color-default-border)" }}
        />
      ) : view === "image" ? (
        <Image src={at(url)} alt={name} w="auto" maw="100%" mah={520} fit="contain" />
      ) : view === "download" ? (
        <Text size="sm">Too large to be shown, or of a type that a page cannot show: download it.</Text>
      ) : (
        <AsText artifact={artifact} as={view} />
      )}
    </section>
  );
}

/** The beginning of a file, read once. */
function AsText({ artifact: { name, url, bytes }, as }: { artifact: Artifact; as: "json" | "csv" | "text" }) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    readBeginning(url, abort.signal).then(setText, (problem: Error) => {
      if (!abort.signal.aborted) setError(problem);
    });
    return () => abort.abort();
  }, [url]);
  if (error) return <Failure error={error} />;
  if (text === null) return <Waiting lines={4} />;
  const cut = bytes > MOST_TEXT_BYTES;
  return (
    <Stack gap={4}>
      {cut && (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            The first {formatBytes(MOST_TEXT_BYTES)} of {formatBytes(bytes)}.
          </Text>
          <Anchor size="sm" href={at(url)} download={name}>
            Download all of it
          </Anchor>
        </Group>
      )}
      {as === "csv" ? (
        <Csv name={name} text={text} />
      ) : (
        <Plain name={name} text={text} json={as === "json" && !cut} />
      )}
    </Stack>
  );
}

async function readBeginning(url: string, signal: AbortSignal): Promise<string> {
  const headers = { range: `bytes=0-${MOST_TEXT_BYTES - 1}` };
  const response = await fetch(at(url), { headers, signal });
  // 416: the file is empty, and has no first byte.
  if (response.status === 416) return "";
  if (!response.ok) throw new Error(`The file could not be read: the server answered ${response.status}.`);
  return response.text();
}

function Plain({ name, text, json }: { name: string; text: string; json: boolean }) {
  const value = json ? parsed(text) : undefined;
  if (value !== undefined) return <JsonView value={value} label={`Content of ${name}`} maxHeight={520} />;
  return (
    <ScrollArea.Autosize
      mah={520}
      type="auto"
      viewportProps={{ tabIndex: 0, role: "region", "aria-label": `Content of ${name}` }}
    >
      <Code block>{text}</Code>
    </ScrollArea.Autosize>
  );
}

/** Undefined where it is none: then it is shown as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MOST_ROWS = 200;

function Csv({ name, text }: { name: string; text: string }) {
  const [header = [], ...rows] = csvRows(text, MOST_ROWS + 1);
  return (
    <>
      {rows.length === MOST_ROWS && (
        <Text size="sm" c="dimmed">
          The first {MOST_ROWS} rows.
        </Text>
      )}
      <DataTable
        label={`Content of ${name}`}
        rows={rows.map((row, index) => ({ row, index }))}
        keyOf={({ index }) => String(index)}
        maxHeight={520}
        columns={header.map((column, place) => ({
          name: column || `column ${place + 1}`,
          cell: ({ row }: { row: string[] }) => row[place] ?? "",
        }))}
      />
    </>
  );
}
