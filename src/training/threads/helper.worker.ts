import { workerData } from "node:worker_threads";
import { giveWay } from "../../threads/give-way.js";
import { tellLoaded } from "../../threads/loaded.js";
import { help } from "./help.js";
import type { HelperInput } from "./spawn-helpers.js";

tellLoaded();
giveWay();
const { control, port, place } = workerData as HelperInput;
help(control, port, place);
