import type { ApiCommand } from "../api/api-command.js";
import { names } from "../output/format.js";
import { column, detail } from "../output/view.js";

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
