import { z } from "zod";
import { frameShape } from "./pushed-frame.js";

const to = z
  .enum(["online", "offline", "online_and_offline"])
  .nullish()
  .describe("Values are served at once and kept for the offline store; offline alone is refused.");

export const pushShape = z.object({
  push_source_name: z.string().describe("A view's name, or that of its push source, `<view>_push`."),
  df: frameShape,
  to,
});

export const writeShape = z.object({ feature_view_name: z.string(), df: frameShape });

export const materializeShape = z.object({
  end_ts: z.string().describe("The newest snapshot until then is copied to the online store."),
});
