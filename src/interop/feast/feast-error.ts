import type { FastifyReply, FastifyRequest } from "fastify";
import { toPublicError } from "../../http/rest-error.js";

/** What the SDK raises again by its class: its body is a JSON text that holds JSON, as Feast's own server sends it. */
export class FeastError extends Error {
  constructor(
    readonly feastClass: "FeatureViewNotFoundException" | "FeatureServiceNotFoundException",
    message: string,
  ) {
    super(message);
  }
}

export interface ShapeDetail {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** A body that is not as the route takes it. */
export class ShapeError extends Error {
  constructor(readonly detail: readonly ShapeDetail[]) {
    super("the body cannot be used");
  }
}

export const shapeError = (
  loc: readonly (string | number)[],
  msg: string,
  type = "value_error",
): ShapeError => new ShapeError([{ loc: ["body", ...loc], msg, type }]);

/** Every error in the shape that Feast's clients read; what is not for them is masked as everywhere. */
export function sendFeastError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof FeastError) {
    const { feastClass, message } = error;
    const text = JSON.stringify({ module: "feast.errors", class: feastClass, message });
    return reply.code(404).type("application/json").send(JSON.stringify(text));
  }
  if (error instanceof ShapeError) return reply.code(422).send({ detail: error.detail });
  const { status, code, message, details } = toPublicError(error, request.log);
  if (status === 400 || status === 422)
    return reply
      .code(422)
      .send({ detail: [{ loc: ["body"], msg: message, type: code.toLowerCase() }], ...details });
  return reply.code(status).send({ detail: message });
}
