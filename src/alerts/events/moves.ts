import { ofModels, promotedOptions } from "../../definitions/language/alerts.js";
import { defineAlertEvent, isAmong, type StageMove, type Told } from "./alert-event.js";

const told = (move: StageMove, what: string): Told => {
  const { model, version, from, to, actor, forced } = move;
  return {
    subject: `model ${model}`,
    summary: `version ${version} of ${model} ${what}, by ${actor}${forced ? ", forced past its gates" : ""}`,
    data: { model, version, from, to, actor, forced },
    page: `/models/${encodeURIComponent(model)}/${version}`,
  };
};

/** To Production again: by a rollback, or promoted once more. */
const isReturn = ({ to, returns }: StageMove): boolean => to === "PRODUCTION" && returns;

export const promoted = defineAlertEvent({
  name: "PROMOTED",
  description: "A version came into a stage that it was not in before.",
  options: promotedOptions,
  when: {
    of: "move",
    read: (move, { models, stages }) =>
      !isReturn(move) && isAmong(models, move.model) && isAmong(stages, move.to)
        ? told(move, `went from ${move.from} to ${move.to}`)
        : null,
  },
});

export const rolledBack = defineAlertEvent({
  name: "ROLLED_BACK",
  description: "A version that had been in Production is there again, by a rollback or another promotion.",
  options: ofModels,
  when: {
    of: "move",
    read: (move, { models }) =>
      isReturn(move) && isAmong(models, move.model) ? told(move, "is in Production again") : null,
  },
});
