import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./console.css";
import { ApolloProvider } from "@apollo/client/react";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router/dom";
import { createClient } from "./client.js";
import { createRoutes } from "./routes.js";
import { cssVariables, theme } from "./theme.js";

/** Styles made at run time carry the nonce that the server gave the page: its policy lets no others in. */
const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.nonce ?? "";
// Where the styles of open dialogs look for it: they come from a package that takes it from its bundler.
Object.assign(globalThis, { __webpack_nonce__: nonce });

// What keeps the page from scrolling under a dialog makes a style of its own, and asks for the nonce by this name.
Object.assign(globalThis, { __webpack_nonce__: nonce });

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ApolloProvider client={createClient()}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
      >
        <Notifications position="bottom-right" />
        {/* In a transition the former address is drawn once more for each answer that comes, and asks again for the former page. */}
        <RouterProvider router={createRoutes()} useTransitions={false} />
      </MantineProvider>
    </ApolloProvider>
  </StrictMode>,
);
