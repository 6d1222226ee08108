import "graphiql/style.css";
import "./playground.css";
import "graphiql/setup-workers/vite";
import { GraphiQL } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { createFetcher } from "./fetcher.js";

interface Tab {
  query: string;
  variables?: string;
}

/** One a step of the main job, as the server wrote them into the page. */
const steps = JSON.parse(document.getElementById("tabs")!.textContent ?? "[]") as Tab[];
const address = new URL(location.href);
const query = address.searchParams.get("query");
const variables = address.searchParams.get("variables");
/** Opened from a page of the console: its query stands first. */
const given: Tab[] = query ? [{ query, ...(variables ? { variables } : {}) }] : [];

/** As chosen in the console; else as the system has it. */
const scheme = localStorage.getItem("mantine-color-scheme-value");

createRoot(document.getElementById("playground")!).render(
  <StrictMode>
    <GraphiQL
      fetcher={createFetcher(`${address.origin}${address.pathname}`)}
      defaultTabs={[...given, ...steps]}
      {...(query ? { initialQuery: query } : {})}
      {...(variables ? { initialVariables: variables } : {})}
      defaultEditorToolsVisibility={false}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      {...(scheme === "light" || scheme === "dark" ? { defaultTheme: scheme } : {})}
    >
      <GraphiQL.Logo>
        <a href="./" className="graphiql-logo-link">
          asof
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  </StrictMode>,
);
