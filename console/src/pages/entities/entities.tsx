import { useQuery } from "@apollo/client/react";
import { Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Link, useParams } from "react-router";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { type Entity, keyInWords, pathOfEntity, pathOfKey } from "../../parts/entity-key.js";
import { formatNumber, formatValue, inWords, withMasked } from "../../parts/format.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Pager, usePage } from "../../parts/pager.js";
import { useUrlState } from "../../parts/url-state.js";
import { useSession } from "../../session.js";

const ENTITY_ROWS = graphql(`
  query EntityRows($entity: String!, $search: String, $first: Int!, $after: String) {
    entityRows(entity: $entity, search: $search, first: $first, after: $after) {
      nodes {
        id
        key
        attributes
        masked
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
`);

/** The rows of the entity that the address names in the plural. */
export default function Entities() {
  const { entities = "" } = useParams();
  const { deployment } = useSession();
  const entity = deployment.entities.find((each) => pathOfEntity(each) === `/${entities}`);
  return entity ? <Rows entity={entity} /> : <UnknownEntity />;
}

/** For an address that names none of them. */
export function UnknownEntity() {
  const { deployment } = useSession();
  return (
    <Page title="Not found">
      <Empty title="There is no page at this address.">
        This deployment has{" "}
        {deployment.entities.map((entity, index) => (
          <span key={entity.name}>
            {index > 0 && ", "}
            <Link to={pathOfEntity(entity)}>{entity.plural}</Link>
          </span>
        ))}
        . <Link to="/">Go to the overview</Link>
      </Empty>
    </Page>
  );
}

function Rows({ entity }: { entity: Entity }) {
  const { can } = useSession();
  const [search, setSearch] = useUrlState("search");
  const { first, after, setSize } = usePage();
  const changeSearch = useDebouncedCallback(setSearch, 250);
  const variables = { entity: entity.name, search: search || null, first, after };
  const result = useQuery(ENTITY_ROWS, { variables });
  const data = result.data ?? result.previousData;
  const attributes = [
    ...new Set((data?.entityRows.nodes ?? []).flatMap((row) => Object.keys(row.attributes as object))),
  ];
  return (
    <Page title={inWords(entity.plural)} query={ENTITY_ROWS} variables={variables}>
      <Group justify="space-between" align="end">
        <TextInput
          type="search"
          label={`${entity.keys.map(({ column }) => column).join(", ")} begins with`}
          placeholder="Capitals count"
          defaultValue={search}
          w={280}
          onChange={({ currentTarget }) => changeSearch(currentTarget.value)}
        />
        <Text size="sm" c="dimmed" role="status">
          {data && `${formatNumber(data.entityRows.totalCount)} ${entity.plural}${search ? " found" : ""}`}
        </Text>
      </Group>
      <Loaded result={{ ...result, data }}>
        {({ entityRows: { nodes, pageInfo } }) =>
          nodes.length === 0 ? (
            <Empty title={search ? `No key begins with “${search}”` : `There are no ${entity.plural} yet`}>
              {search ? (
                "Take letters away, and mind capitals."
              ) : can("OPERATOR") ? (
                <Link to="/start/ingest">Ingest a delivery that holds them</Link>
              ) : (
                "An operator's first ingest brings them."
              )}
            </Empty>
          ) : (
            <Stack>
              <DataTable
                label={inWords(entity.plural)}
                rows={nodes}
                keyOf={({ id }) => id}
                columns={[
                  {
                    name: inWords(entity.name),
                    cell: ({ key }) => <Link to={pathOfKey(entity, key)}>{keyInWords(entity, key)}</Link>,
                  },
                  ...attributes.map((name) => ({
                    name,
                    cell: (row: { attributes: unknown; masked: readonly string[] }) =>
                      formatValue(withMasked(row.attributes, row.masked)[name]),
                  })),
                ]}
              />
              <Pager
                what={inWords(entity.plural)}
                pageInfo={pageInfo}
                size={String(first)}
                setSize={setSize}
              />
            </Stack>
          )
        }
      </Loaded>
    </Page>
  );
}
