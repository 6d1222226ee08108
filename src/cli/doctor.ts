import type { ExitCode, Given } from "./command.js";
import type { Check } from "./doctor/check.js";

/** Prints each finding with its remedy. */
export async function doctor(given: Given): Promise<ExitCode> {
  const json = given.flag("json");
  const checks: Check[] = [];
  for await (const check of examine(given)) {
    checks.push(check);
    if (!json) given.print(row(check));
  }
  const failures = checks.filter(({ status }) => status === "failed").length;
  if (json) given.print(JSON.stringify({ ok: failures === 0, checks }));
  else
    given.print(
      failures === 0 ? "\nasof can start here." : `\n${failures} of ${checks.length} checks failed.`,
    );
  return failures === 0 ? 0 : 1;
}

/** Imported here: the other commands need neither a database driver nor an online store. */
async function* examine(given: Given): AsyncGenerator<Check> {
  const { checkNode, checkHome, checkDataDir, checkPort } = await import("./doctor/machine.js");
  const { failed, ok, warning } = await import("./doctor/check.js");
  const { ConfigError, readConfig, readDotEnv, VARIABLES } = await import("../process/config.js");
  const { unknownVariables } = await import("../process/unknown-variables.js");
  yield checkNode();
  let config: ReturnType<typeof readConfig>;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield failed("configuration", error.message, "correct it in the environment or in .env");
    return;
  }
  const { loadDeployment } = await import("../process/load-deployment.js");
  const loaded = await loadDeployment(config.deployment).catch((error: unknown) => {
    if (error instanceof ConfigError) return error;
    throw error;
  });
  const sources = loaded instanceof ConfigError ? null : loaded.definitions.sources;
  const { placeVariables, unplaced } = await import("../ingest/sources/places.js");
  const known = [...VARIABLES, ...placeVariables(sources ?? [])];
  yield ok("configuration", `role ${config.role}, ${config.host}:${config.port}`);
  for (const unknown of unknownVariables(process.env, known, readDotEnv({})))
    yield warning("variables", unknown, "correct its name, or unset it");
  yield checkPort(config);
  yield checkHome(config);
  if (sources === null || unplaced(sources).length > 0) yield checkDataDir(config);
  const { checkScheduling } = await import("./doctor/scheduling.js");
  yield checkScheduling(config);
  if (config.oidc) yield (await import("./doctor/sign-in.js")).checkSignIn(config.oidc);
  if (loaded instanceof ConfigError) {
    yield failed("deployment", loaded.message, "correct ASOF_DEFINITIONS, or the module that it names");
    return;
  }
  const { definitions } = loaded;
  yield ok(
    "deployment",
    `${definitions.name}, of ${process.env.ASOF_DEFINITIONS?.trim() || "src/definitions"}`,
  );
  const { checkPlaces } = await import("./doctor/places.js");
  yield* checkPlaces(config, definitions);
  const { checkDatabase } = await import("./doctor/database.js");
  const head = given.text("audit-head") ?? null;
  yield* await checkDatabase(config, definitions, {
    lake: given.flag("lake"),
    artifacts: given.flag("artifacts"),
    audit: given.flag("audit") || head !== null ? { head } : null,
  });
  const { checkOnlineStore } = await import("./doctor/online-store.js");
  yield checkOnlineStore(config.onlineStoreUrl);
}

const MARKS = { ok: "ok     ", warning: "warning", failed: "FAILED " };

function row({ name, status, message, remedy }: Check): string {
  const line = `${MARKS[status]}  ${name.padEnd(13)}  ${message}`;
  return remedy ? `${line}\n${" ".repeat(9)}→ ${remedy}` : line;
}
