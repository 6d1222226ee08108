import { sql } from "drizzle-orm";
import { experiments } from "../db/tables/experiments.js";
import type { Fields } from "../db/typed.js";

/** What runs are filed under. */
export interface Experiment {
  id: number;
  name: string;
  tags: Record<string, string>;
  /** Who made it. */
  actor: string;
  createdAt: Date;
  updatedAt: Date;
  /** When it was put aside with its runs. */
  deletedAt: Date | null;
}

export const EXPERIMENT: Fields<Experiment> = {
  id: sql`${experiments.id}::float8`,
  name: experiments.name,
  tags: experiments.tags,
  actor: experiments.actor,
  createdAt: experiments.created_at,
  updatedAt: experiments.updated_at,
  deletedAt: experiments.deleted_at,
};
