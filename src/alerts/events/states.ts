import { ofModels, staleOptions } from "../../definitions/language/alerts.js";
import { defineAlertEvent, isAmong } from "./alert-event.js";

export const viewStale = defineAlertEvent({
  name: "VIEW_STALE",
  description:
    "A view's newest values near the end of their time to live, or are past it. Told where it begins and where it ends.",
  options: staleOptions,
  when: {
    of: "state",
    read: async (state, { views }) =>
      (await state.stale())
        .filter(({ view }) => isAmong(views, view))
        .map(({ view, message, remedy, fields: { newestEventTime, ageSeconds, ttlSeconds } }) => ({
          subject: `view ${view}`,
          summary: message,
          data: { view, newestEventTime, ageSeconds: Math.round(ageSeconds), ttlSeconds, remedy },
          page: `/features/${encodeURIComponent(view)}`,
        })),
  },
});

export const productionUnservable = defineAlertEvent({
  name: "PRODUCTION_UNSERVABLE",
  description:
    "A model's Production cannot answer, or was left empty. Told where it begins and where it ends.",
  options: ofModels,
  when: {
    of: "state",
    read: async (state, { models }) =>
      (await state.unservable())
        .filter(({ model }) => isAmong(models, model))
        .map(({ model, version, message, remedy }) => ({
          subject: `Production of ${model}`,
          summary: `Production of ${model}: ${message}`,
          data: { model, version, problem: message, remedy },
          page: `/models/${encodeURIComponent(model)}`,
        })),
  },
});
