import type { FastifyInstance } from "fastify";
import type { z } from "zod";
import type { GivenRole, Role } from "../../auth/identity.js";
import type { CommonServices, Services } from "../../services/services.js";

/** Who asks, for what is written, and what they may do of any model. */
export interface MlflowCaller {
  actor: string;
  role: GivenRole;
}

/** One call of MLflow's protocol, under every version's prefix. */
export interface MlflowRoute {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** From the version on: `/mlflow/runs/get`. Parameters of the path (`:model_id`) are fields of the input. */
  readonly path: string;
  /** The least role that it asks for. */
  readonly rule: Role;
  /** The models that it is about, by their names; roles for these hold there. Absent: none. */
  models?(input: unknown): readonly (string | null)[];
  /** Of the JSON body, or of the query of a GET. */
  readonly shape: z.ZodObject;
  /** @returns the body; an empty object where there is nothing to say */
  answer(services: Services, input: unknown, caller: MlflowCaller): Promise<object>;
}

/** What belongs together: runs, experiments, registered models. */
export interface MlflowResource {
  readonly routes: readonly MlflowRoute[];
  /** Routes that are not JSON on both sides, on a scope under `/mlflow`; each says its own `config` with `rule` and `basic: true`. */
  register?(scope: FastifyInstance, services: CommonServices): void;
}

interface RouteOf<Shape extends z.ZodObject> extends Omit<MlflowRoute, "shape" | "models" | "answer"> {
  readonly shape: Shape;
  models?(input: z.output<Shape>): readonly (string | null)[];
  answer(services: Services, input: z.output<Shape>, caller: MlflowCaller): Promise<object>;
}

/** Ties what a route's answer takes to its shape. */
export const mlflowRoute = <Shape extends z.ZodObject>(route: RouteOf<Shape>): MlflowRoute => ({
  ...route,
  models: route.models && ((input) => route.models!(input as z.output<Shape>)),
  answer: (services, input, caller) => route.answer(services, input as z.output<Shape>, caller),
});
