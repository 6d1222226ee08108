import {
  createBrowserRouter,
  isRouteErrorResponse,
  Link,
  type RouteObject,
  useRouteError,
} from "react-router";
import { Empty, Failure } from "./parts/loaded.js";
import { Page } from "./parts/page.js";
import { BASE } from "./place.js";
import { SignedIn } from "./session.js";
import { Shell } from "./shell.js";

/** A page that is loaded when it is first opened. */
const page = (path: string, load: () => Promise<{ default: React.ComponentType }>): RouteObject => ({
  path,
  lazy: async () => ({ Component: (await load()).default }),
});

/** Every page of the console, by its address. */
const pages: RouteObject[] = [
  page("/", () => import("./pages/overview/overview.js")),
  page("/runs", () => import("./pages/runs/runs.js")),
  page("/runs/:id", () => import("./pages/run/run.js")),
  page("/compare", () => import("./pages/compare/compare.js")),
  page("/models", () => import("./pages/models/models.js")),
  page("/models/:name", () => import("./pages/model/model.js")),
  page("/models/:name/:version", () => import("./pages/version/version.js")),
  page("/features", () => import("./pages/features/features.js")),
  page("/features/:view", () => import("./pages/feature-view/feature-view.js")),
  page("/snapshots", () => import("./pages/snapshots/snapshots.js")),
  page("/snapshots/diff", () => import("./pages/snapshot-diff/snapshot-diff.js")),
  page("/snapshots/:asOf", () => import("./pages/snapshot/snapshot.js")),
  page("/schedules", () => import("./pages/schedules/schedules.js")),
  page("/alerts", () => import("./pages/alerts/alerts.js")),
  page("/predictions", () => import("./pages/predictions/predictions.js")),
  page("/start", () => import("./pages/start/start.js")),
  page("/start/:name", () => import("./pages/start/form.js")),
  page("/audit", () => import("./pages/audit/audit.js")),
  page("/access", () => import("./pages/access/access.js")),
  // Named as the deployment's entities are; every other address of their form is no page.
  page("/:entities", () => import("./pages/entities/entities.js")),
  page("/:entities/:key", () => import("./pages/entity/entity.js")),
  { path: "*", Component: NotFound },
];

export const createRoutes = () =>
  createBrowserRouter(
    [
      {
        HydrateFallback: () => null,
        element: (
          <SignedIn>
            <Shell />
          </SignedIn>
        ),
        children: [{ errorElement: <PageFailed />, children: pages }],
      },
    ],
    { basename: BASE },
  );

function PageFailed() {
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFound />;
  return (
    <Page title="This page failed">
      <Failure
        error={error instanceof Error ? error : new Error(String(error))}
        retry={() => location.reload()}
      />
    </Page>
  );
}

function NotFound() {
  return (
    <Page title="Not found">
      <Empty title="There is no page at this address.">
        <Link to="/">Go to the overview</Link>
      </Empty>
    </Page>
  );
}
