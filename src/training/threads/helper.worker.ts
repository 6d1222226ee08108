import { workerData } from "node:worker_threads";
import { help } from "./help.js";
import type { HelperInput } from "./spawn-helpers.js";
import { yieldToServing } from "./yield-to-serving.js";

yieldToServing();
const { control, port, place } = workerData as HelperInput;
help(control, port, place);
