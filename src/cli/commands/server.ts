import type { ApiCommand } from "../api/api-command.js";
import { names, time } from "../output/format.js";
import { column, columnOfSome, detail, table } from "../output/view.js";

export const serverCommands: readonly ApiCommand[] = [
  {
    name: "whoami",
    group: "Server and machine",
    field: "Query.viewer",
    summary: "Shows who the server takes you for, and your role.",
    view: detail([
      column("ACTOR", "actor"),
      column("ROLE", "role"),
      column("OPEN", "open", (open) => (open === true ? "yes: nobody has to say who they are" : "")),
    ]),
  },
  {
    name: "audit",
    group: "Server and machine",
    field: "Query.auditLog",
    summary: "Lists who did, or was refused, what, the newest first: the audit log.",
    // --actor is who asks.
    names: { first: "limit", actor: "by" },
    view: {
      uncounted: true,
      ...table(
        [
          column("AT", "at", time),
          column("ACTOR", "actor"),
          column("ACTION", "action"),
          column("SUBJECT", "subject"),
          column("OUTCOME", "outcome"),
          columnOfSome("CODE", "code"),
          column("ENTRY", "id"),
        ],
        "role requestId args details erased hash",
      ),
    },
  },
  {
    name: "health",
    group: "Server and machine",
    field: "Query.health",
    summary: "Shows how the server and its parts are doing.",
    view: detail(
      [
        column("STATUS", "status"),
        column("VERSION", "version"),
        column("DATABASE", "database"),
        column("ONLINE STORE", "onlineStore"),
        column("UPTIME", "uptimeSeconds", (seconds) => `${Math.round(Number(seconds))} s`),
        column("PRODUCTION", "productionModel.model"),
        column("MODEL VERSION", "productionModel.version"),
      ],
      [
        {
          title: "Problems",
          path: "problems",
          columns: [column("SUBJECT", "subject"), column("MESSAGE", "message"), column("REMEDY", "remedy")],
        },
      ],
    ),
  },
  {
    name: "deployment",
    group: "Server and machine",
    field: "Query.deployment",
    summary: "Shows what the server's deployment declares.",
    view: detail(
      [
        column("DEPLOYMENT", "name"),
        column("ENTITIES", "entities.name", names),
        column("SERVICES", "services.name", names),
      ],
      [],
      "entities { description keys { column field type } } services { task entity label }",
    ),
  },
];
