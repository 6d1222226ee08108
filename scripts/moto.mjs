// npm run test:s3: an S3-compatible server for tests/ingest/sources/moto.test.ts, in a Python environment of its own.
import { resolve } from "node:path";
import { makePythonEnvironment } from "./python-environment.mjs";

const root = resolve(import.meta.dirname, "..");
makePythonEnvironment(resolve(root, ".moto"), resolve(root, "tests/support/moto-requirements.txt"));
