import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { useQuery } from "@apollo/client/react";
import { Alert, Box, Button, Group, Progress, Select, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { EntityHistoryQuery, EntityPredictionQuery } from "../../graphql/graphql.js";
import { graphql } from "../../graphql/index.js";
import { Hash, Status } from "../../parts/badges.js";
import { DataTable } from "../../parts/data-table.js";
import type { EntityKey } from "../../parts/entity-key.js";
import { Facts } from "../../parts/facts.js";
import { formatNumber, formatPercent, inWords } from "../../parts/format.js";
import { Loaded, messageOf } from "../../parts/loaded.js";
import { Section } from "../../parts/page.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";
import { Explanation } from "./explanation.js";
import { RequestForm, readRequest } from "./request-form.js";

/** Not logged: whoever looks here is not who is answered. */
const ENTITY_PREDICTION = graphql(`
  query EntityPrediction($service: String!, $key: JSON!, $version: Int, $asOf: Date, $request: JSON) {
    predictFor(
      service: $service
      key: $key
      version: $version
      asOf: $asOf
      request: $request
      log: false
    ) {
      prediction
      probability
      threshold
      value
      class
      classes {
        class
        probability
      }
      baseValue
      contributions {
        feature
        value
        masked
        contribution
      }
      modelVersion {
        id
        model
        version
        stage
        algorithm
        sha256
        run {
          id
        }
        snapshot {
          id
          asOf
          revision
          contentSha256
        }
      }
    }
  }
`);

type Scored = NonNullable<EntityPredictionQuery["predictFor"]>;
type Versions = NonNullable<EntityHistoryQuery["model"]>["versions"];

interface Props {
  service: string;
  entityKey: EntityKey;
  asOf: string;
  knownAt: string;
  /** Of the service's model, the newest first. */
  versions: Versions;
}

/** What the model says, now or as of the date, and why. */
export function PredictionOf({ service, entityKey, asOf, knownAt, versions }: Props) {
  const [version, setVersion] = useUrlState("version");
  const number = /^\d{1,9}$/.test(version) ? Number(version) : null;
  const { deployment } = useSession();
  const brought = deployment.services.find(({ name }) => name === service)?.request ?? [];
  const [text, setText] = useUrlState("request");
  const request = brought.length > 0 ? readRequest(text) : null;
  // Nothing is asked without what every request has to bring.
  const waits = request === null && brought.some(({ required }) => required);
  const variables = { service, key: entityKey, version: number, asOf: asOf || null, request };
  const result = useQuery(ENTITY_PREDICTION, { variables, skip: waits });
  const data = result.data ?? (result.loading ? result.previousData : undefined);
  const refused = CombinedGraphQLErrors.is(result.error) ? result.error.errors[0]?.extensions : undefined;
  const production = versions.find(({ stage }) => stage === "PRODUCTION")?.version;
  const choices = [
    ...new Set([...versions.map((each) => String(each.version)), ...(number ? [version] : [])]),
  ];
  return (
    <Section
      title={`Prediction: ${service}`}
      note={asOf ? `What it would have been on ${asOf}.` : "With what is served now."}
      actions={
        <Select
          size="xs"
          label="Scored by"
          data={[
            { value: "", label: asOf ? "in Production then" : "in Production" },
            ...choices.map((value) => ({ value, label: `version ${value}` })),
          ]}
          value={number ? version : ""}
          allowDeselect={false}
          w={170}
          onChange={setVersion}
        />
      }
    >
      {knownAt && (
        <Text size="sm" mb="xs">
          It follows the date alone: it is made from all that is known of it today.
        </Text>
      )}
      {brought.length > 0 && (
        <RequestForm
          features={brought}
          given={request ?? {}}
          ask={(values) => setText(JSON.stringify(values))}
        />
      )}
      {waits ? (
        <Text size="sm">A request brings these values; give them to see what the model says.</Text>
      ) : result.error && refused?.code === "FEATURES_MISSING" ? (
        <Refused title="No answer: features are missing" message={messageOf(result.error)}>
          The table of features says of each why. Take another date, or ingest a delivery that holds them.
        </Refused>
      ) : result.error && refused?.code === "NO_PRODUCTION_MODEL" ? (
        <Refused
          title={asOf ? `No version was in Production on ${asOf}` : "No version is in Production"}
          message={messageOf(result.error)}
        >
          {asOf && production ? (
            <Button size="xs" variant="default" onClick={() => setVersion(String(production))}>
              Score with version {production}, in Production now
            </Button>
          ) : (
            <Link to={`/models/${encodeURIComponent(service)}`}>Promote a version of {service}</Link>
          )}
        </Refused>
      ) : (
        <Loaded result={{ ...result, data }}>
          {({ predictFor }) => predictFor && <Answer of={predictFor} />}
        </Loaded>
      )}
    </Section>
  );
}

function Refused({ title, message, children }: { title: string; message: string; children: ReactNode }) {
  return (
    <Alert color="gray" variant="light" title={title} role="status">
      <Stack gap="xs" align="flex-start">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {message}
        </Text>
        <Text size="sm" component="div">
          {children}
        </Text>
      </Stack>
    </Alert>
  );
}

function Answer({ of }: { of: Scored }) {
  const { model, version, stage, algorithm, run, snapshot, sha256 } = of.modelVersion;
  const own = of.classes?.find((each) => each.class === of.class);
  return (
    <Stack gap="md">
      <Group gap="lg" align="baseline">
        <Text fz={28} fw={700} lh={1.1} className="numbers">
          {of.class ??
            (of.value === null || of.value === undefined
              ? formatPercent(of.probability)
              : formatNumber(of.value))}
        </Text>
        {typeof of.probability === "number" && typeof of.threshold === "number" && (
          <Text>
            Answer {of.prediction}: the probability is {of.probability >= of.threshold ? "at least" : "below"}{" "}
            the threshold of {formatPercent(of.threshold)}.
          </Text>
        )}
        {own && (
          <Text>
            The likeliest of {of.classes?.length} classes: {formatPercent(own.probability)}.
          </Text>
        )}
      </Group>
      {of.classes && <Probabilities of={of.classes} />}
      <Explanation {...of} probability={own?.probability ?? of.probability} />
      <Facts
        of={[
          [
            "Version",
            <Group key="version" gap="xs">
              <Link to={`/models/${encodeURIComponent(model)}/${version}`}>
                {model} {version}
              </Link>
              <Status of={stage} />
              <span>{inWords(algorithm)}</span>
              <Hash of={sha256} />
            </Group>,
          ],
          ["Trained by", run && <Link to={`/runs/${run.id}`}>run {run.id.slice(0, 8)}</Link>],
          [
            "Trained on",
            snapshot && (
              <Group gap="xs">
                <Link to={`/snapshots/${snapshot.asOf}`}>
                  {snapshot.asOf}, revision {snapshot.revision}
                </Link>
                <Hash of={snapshot.contentSha256} />
              </Group>
            ),
          ],
        ]}
      />
    </Stack>
  );
}

/** The likeliest first. */
function Probabilities({ of }: { of: NonNullable<Scored["classes"]> }) {
  return (
    <Box maw={480}>
      <DataTable
        label="Classes"
        rows={of.toSorted((a, b) => b.probability - a.probability)}
        keyOf={(each) => each.class}
        maxHeight={320}
        columns={[
          { name: "Class", cell: (each) => each.class },
          {
            name: "Probability",
            numeric: true,
            cell: ({ probability }) => (
              <>
                {formatPercent(probability)}
                <Progress value={100 * probability} size="xs" aria-hidden />
              </>
            ),
          },
        ]}
      />
    </Box>
  );
}
