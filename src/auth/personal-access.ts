import { type Identity, type Role, roleCovers } from "./identity.js";

/** Who sees the values of personal columns, beside those who were given it by name. */
export const SEES_PERSONAL: Role = "admin";

/** The one place that decides it. An open server is one person's own: nobody has to say who they are, and sees all. */
export const seesPersonal = ({
  role,
  kind,
  seesPersonal,
}: Pick<Identity, "role" | "kind" | "seesPersonal">): boolean =>
  kind === "open" || seesPersonal || roleCovers(role, SEES_PERSONAL);
