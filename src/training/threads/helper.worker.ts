import { workerData } from "node:worker_threads";
import { takeRecords } from "../../threads/deployment-module.js";
import { reportLoaded } from "../../threads/loaded.js";
import { lowerPriority } from "../../threads/lower-priority.js";
import { learners } from "../learners/registry.js";
import { help } from "./help.js";
import type { HelperInput } from "./spawn-helpers.js";

const { control, port, place, fromOutside } = workerData as HelperInput;
// Before it may be ended: its module is one of those that are loaded.
if (fromOutside) await takeRecords(learners, "learners");
reportLoaded();
lowerPriority();
help(control, port, place);
