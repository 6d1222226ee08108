import { z } from "zod";
import type { Told } from "./events/alert-event.js";

/** Of what lasts, that it began or has ended; of all else, that it happened. A test is what `testAlert` sends. */
const phases = ["HAPPENED", "BEGAN", "ENDED", "TEST"] as const;
export type Phase = (typeof phases)[number];

/** What a channel sends, as it is kept until then. */
const storedMessage = z.object({
  /** The event's name; of a test TEST. */
  type: z.string(),
  phase: z.enum(phases),
  /** When it happened, as ISO 8601. */
  timestamp: z.string(),
  deployment: z.string(),
  rule: z.string(),
  subject: z.string(),
  summary: z.string(),
  page: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type AlertMessage = z.output<typeof storedMessage>;

/** Null: it is none. */
export const parseMessage = (stored: unknown): AlertMessage | null =>
  storedMessage.safeParse(stored).data ?? null;

interface Occasion {
  readonly type: string;
  readonly phase: Phase;
  readonly at: Date;
  readonly deployment: string;
  readonly rule: string;
}

export const messageOf = ({ at, ...occasion }: Occasion, told: Told): AlertMessage => ({
  ...occasion,
  ...told,
  timestamp: at.toISOString(),
});

/** What stands in its place where it cannot be sent. */
export const setAsideAs = (occasion: Occasion, why: string): AlertMessage =>
  messageOf(occasion, {
    subject: `event ${occasion.type}`,
    summary: `${occasion.type} cannot be told: ${why}`,
    data: { problem: why },
    page: "/alerts",
  });

/** The same, once it has ended. */
export const endOf = (message: AlertMessage, at: Date): AlertMessage => ({
  ...message,
  phase: "ENDED",
  timestamp: at.toISOString(),
});

const WORDS: Readonly<Record<Phase, string>> = { HAPPENED: "", BEGAN: "", ENDED: "over: ", TEST: "test: " };

/** In one line, as people read it. */
export const lineOf = ({ phase, summary, deployment }: AlertMessage): string =>
  `[asof ${deployment}] ${WORDS[phase]}${summary}`;
