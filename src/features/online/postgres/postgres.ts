import type { OnlineStoreKind } from "../online-store-kind.js";

export const postgresOnline: OnlineStoreKind = {
  name: "postgres",
  description: "The online tables of the database itself: nothing beside PostgreSQL runs.",
  schemes: [],
  open: async ({ truth }) => truth,
  check: async () => "PostgreSQL is it",
  remedy: "see the database",
};
