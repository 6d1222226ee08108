/** What this deployment serves. A user of asof edits this folder and nothing else. */
export { streamflow as definitions } from "./streamflow.js";
