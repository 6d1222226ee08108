import { workerData } from "node:worker_threads";
import { takeRecords } from "../../threads/deployment-module.js";
import { giveWay } from "../../threads/give-way.js";
import { tellLoaded } from "../../threads/loaded.js";
import { learners } from "../learners/registry.js";
import { help } from "./help.js";
import type { HelperInput } from "./spawn-helpers.js";

await takeRecords(learners, "learners");
tellLoaded();
giveWay();
const { control, port, place } = workerData as HelperInput;
help(control, port, place);
