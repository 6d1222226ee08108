import { useQuery } from "@apollo/client/react";
import { Link } from "react-router";
import { graphql } from "../../graphql/index.js";
import { DataTable } from "../../parts/data-table.js";
import { formatNumber } from "../../parts/format.js";
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
        servable
        run: judgedBy {
          id
          latestMetrics(names: ["auc", "log_loss", "macro_f1", "rmse"]) {
            name
            value
          }
        }
        moves: transitions(first: 1) {
          id
          at
          actor
        }
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
                {
                  name: "Production",
                  numeric: true,
                  cell: ({ name, production }) =>
                    production ? (
                      <Link to={`/models/${encodeURIComponent(name)}/${production.version}`}>
                        {production.version}
                      </Link>
                    ) : (
                      "–"
                    ),
                },
                {
                  name: "Since",
                  cell: ({ production }) => {
                    const move = production?.moves[0];
                    return move ? (
                      <>
                        <Time at={move.at} ago /> by {move.actor}
                      </>
                    ) : (
                      "–"
                    );
                  },
                },
                {
                  name: "On held-out rows",
                  cell: ({ production }) =>
                    production?.run?.latestMetrics
                      .map(({ name, value }) => `${name.replaceAll("_", " ")} ${formatNumber(value)}`)
                      .join(", ") || "–",
                },
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
