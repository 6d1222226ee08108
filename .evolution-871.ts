
      import { bool, float, int, string } from "file:///tmp/wt/s3/src/definitions/language/column.ts";
      import { deployment, entity, featureView, source } from "file:///tmp/wt/s3/src/definitions/language/deployment.ts";
      const people = source("people", { columns: { city: string() } });
      const visits = source("visits", { columns: { pages: int(), hours: float(), plan: string() } });
      const outcomes = source("outcomes", { columns: { left: bool() } });
      export const definitions = deployment({ name: "shop", entity: entity("person", { key: "person_id" }), entitySource: people,
        sources: [people, visits, outcomes], views: [featureView("visited", { source: visits, features: ["pages"],  })], services: [] });