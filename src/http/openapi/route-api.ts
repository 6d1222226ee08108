import type { z } from "zod";
import type { ErrorCode } from "../../errors/errors.js";

/** A JSON Schema of draft 2020-12, which OpenAPI 3.1 takes as it is. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What is sent: its shape in zod where JSON is read by it, else a schema. */
export type ContentShape = z.ZodType | { readonly schema: JsonSchema };

/** Bytes, whatever is in them. */
export const anyBytes: ContentShape = { schema: {} };
export const plainText: ContentShape = { schema: { type: "string" } };

/** A part of the address, or a header. */
export interface ParameterApi {
  readonly description: string;
  readonly shape?: ContentShape;
  /** Of a header; parts of an address always are. */
  readonly required?: boolean;
}

export interface AnswerApi {
  readonly description: string;
  /** By media type; JSON where it is one shape. None: the body is empty. */
  readonly content?: ContentShape | Readonly<Record<string, ContentShape>>;
  /** By name, what a header says. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An address that no route has is `NOT_FOUND`: the codes of services do not know of addresses. */
export type FailureCode = ErrorCode | "NOT_FOUND";

export interface ToldFailure {
  readonly code: string;
  readonly status: number;
}

/** How a protocol's clients read that something failed, where it is not asof's own form. */
export interface FailureForm {
  /** What its schema is called among the components. */
  readonly name: string;
  readonly body: z.ZodType;
  /** How a failure is said that has this code and status in asof's own form; absent: by the same. */
  told?(code: FailureCode, status: number): ToldFailure;
  /** Statuses whose body is a plain text. */
  readonly plain?: readonly number[];
}

/** What `/openapi.json` says of a route beyond what its registration says: address, method, role, limit of the body. */
export interface RouteApi {
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** By the names that the address gives them; one that is missing is a text. */
  readonly params?: Readonly<Record<string, ParameterApi>>;
  /** The shape that reads the query: an object. */
  readonly query?: ContentShape;
  /** In small letters. */
  readonly headers?: Readonly<Record<string, ParameterApi>>;
  /** The shape that reads the body; by media type where it is not JSON alone. */
  readonly body?: ContentShape | Readonly<Record<string, ContentShape>>;
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerApi>>;
  /** Codes beside those that every such route has. */
  readonly errors?: readonly ErrorCode[];
  /** Codes that have another status here than elsewhere, by that status. */
  readonly errorsAt?: Readonly<Record<number, readonly ErrorCode[]>>;
  readonly failure?: FailureForm;
}

/** A route that is no part of the REST API, and why. */
export interface Undocumented {
  readonly undocumented: string;
}

/** `config: { api: undocumented("a file of the console") }`. */
export const undocumented = (why: string): Undocumented => ({ undocumented: why });

declare module "fastify" {
  interface FastifyContextConfig {
    /** What `/openapi.json` says of the route. One without it is described by its registration alone. */
    api?: RouteApi | Undocumented;
  }
}
