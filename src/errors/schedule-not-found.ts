import { AsofError } from "./errors.js";

export class ScheduleNotFoundError extends AsofError {
  constructor(name: string) {
    super(
      "SCHEDULE_NOT_FOUND",
      `no schedule is named ${JSON.stringify(name)}; query { schedules { name } } lists them`,
      { name },
    );
  }
}
