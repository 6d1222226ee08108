import { AsofError } from "./errors.js";

export class AliasNotFoundError extends AsofError {
  constructor(model: string, alias: string) {
    const name = JSON.stringify(model);
    super(
      "MODEL_NOT_FOUND",
      `no version of ${name} has the alias ${JSON.stringify(alias)}; query { model(name: ${name}) { aliases { alias version } } } lists them`,
      { model, alias },
    );
  }
}
