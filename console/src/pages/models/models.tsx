import { useQuery } from "@apollo/client/react";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { Empty, Loaded } from "../../parts/loaded.js";
import { Page } from "../../parts/page.js";
import { Time } from "../../parts/time.js";

const MODELS = graphql(`
  query Models {
    models(first: 200) {
      id
      name
      description
      production {
        id
        version
      }
      staging {
        id
        version
      }
      latest {
        id
        version
        createdAt
      }
    }
  }
`);

/** Every registered model. */
export default function Models() {
  const result = useQuery(MODELS);
  return (
    <Page title="Models" query={MODELS}>
      <Loaded result={result}>
        {({ models }) =>
          models.length === 0 ? (
            <Empty title="No model is declared">
              Declare a feature service; it is the model of the same name.
            </Empty>
          ) : (
            <DataTable
              label="Models"
              rows={models}
              keyOf={({ id }) => id}
              columns={[
                {
                  name: "Model",
                  cell: ({ name }) => <Link to={`/models/${encodeURIComponent(name)}`}>{name}</Link>,
                },
                { name: "Description", cell: ({ description }) => description ?? "–" },
                { name: "Production", numeric: true, cell: ({ production }) => production?.version ?? "–" },
                { name: "Staging", numeric: true, cell: ({ staging }) => staging?.version ?? "–" },
                { name: "Newest", numeric: true, cell: ({ latest }) => latest?.version ?? "–" },
                { name: "Made", cell: ({ latest }) => <Time at={latest?.createdAt} ago /> },
              ]}
            />
          )
        }
      </Loaded>
    </Page>
  );
}
