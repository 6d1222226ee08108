import { Registry } from "../values/registry.js";
import { driftKind } from "./drift/drift.job.js";
import { eraseKind } from "./erase/erase.job.js";
import { exportKind } from "./export/export.job.js";
import { externalKind } from "./external/external.kind.js";
import { ingestKind } from "./ingest/ingest.job.js";
import { joinKind } from "./join/join.job.js";
import { materializeKind } from "./materialize/materialize.job.js";
import { registerKind } from "./register/register.job.js";
import { reproduceKind } from "./reproduce/reproduce.job.js";
import type { RunKind } from "./run-kind.js";
import { trainKind } from "./train/train.job.js";
import { trainAndCompareKind } from "./train-and-compare/train-and-compare.job.js";
import { trainExternallyKind } from "./train-externally/train-externally.job.js";
import { tuneKind } from "./tune/tune.job.js";
import { verifyParityKind } from "./verify-parity/verify-parity.job.js";
import { backfillKind } from "./windows/backfill.job.js";
import { resnapshotKind } from "./windows/resnapshot.job.js";
import { withdrawKind } from "./withdraw/withdraw.job.js";

export const builtInRunKinds = [
  ingestKind,
  materializeKind,
  trainKind,
  trainAndCompareKind,
  reproduceKind,
  tuneKind,
  verifyParityKind,
  driftKind,
  externalKind,
  exportKind,
  withdrawKind,
  resnapshotKind,
  backfillKind,
  eraseKind,
  registerKind,
  joinKind,
  trainExternallyKind,
] as const satisfies readonly RunKind[];

/** The name of a kind that asof brings itself. */
export type BuiltInRunKind = (typeof builtInRunKinds)[number]["name"];

/** Every kind of run that this process knows. */
export const runKinds = new Registry<RunKind>("run kind", builtInRunKinds);
