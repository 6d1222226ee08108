import { type QueueRunner, queueRunner } from "./dbos-internals.js";

let isKept = false;

/**
 * DBOS notes by the wall clock when it looks into a queue next. A clock that is set back by an hour would leave every queue
 * alone for that hour; so what lies further ahead than any pause is due now. Safe to call again.
 */
export function keepPollingWhenTheClockIsSetBack(): void {
  if (isKept) return;
  isKept = true;
  const runner = queueRunner();
  const schedule = runner.scheduleDueQueues;
  runner.scheduleDueQueues = function (this: QueueRunner, executor, now, ...more) {
    for (const state of this.states.values()) {
      if (state.nextPollAt - now > 2 * state.currentPollingMs) state.nextPollAt = now;
    }
    schedule.call(this, executor, now, ...more);
  };
}
