import type { Deployment } from "../../definitions/language/deployment.js";
import { readStatement } from "../../definitions/language/sql-statement.js";
import { contextOf, namedPlaces } from "../../ingest/sources/places.js";
import type { Config } from "../../process/config.js";
import { type Check, failed, ok, warning } from "./check.js";

/** A folder, an object store, another database: whichever takes longer is not well. */
const LOOK_MS = 30_000;

/** Where the definitions have data come from: whether this machine can read it. Nothing is ingested. */
export async function* checkPlaces(
  { dataDir, role }: Pick<Config, "dataDir" | "role">,
  { sources }: Pick<Deployment, "sources">,
): AsyncGenerator<Check> {
  for (const place of namedPlaces(sources)) {
    if (role === "api") {
      yield ok("origin", `${place.at}: not needed where ASOF_ROLE is api`);
      continue;
    }
    try {
      const message = await place.scheme.placed!.look(
        contextOf(place, { dataDir }),
        AbortSignal.timeout(LOOK_MS),
      );
      yield ok("origin", message);
    } catch (error) {
      const remedy = "correct that; the processes that ingest need it, those of ASOF_ROLE=api do not";
      yield failed("origin", (error as Error).message, remedy);
    }
  }
  for (const { name, from } of sources) {
    if (from?.kind !== "sql" || readStatement(from.statement).usesAsOf) continue;
    const message = `source ${name}: its statement does not name {asOf}; a past date would take what the database has now`;
    yield warning(
      "origin",
      message,
      "add a condition such as updated_at < {asOf} + 1, if the table can tell",
    );
  }
}
