// Spectral finds nothing in openapi.json.

import { join } from "node:path";

import { runTool, source } from "./node_tool.mjs";

const here = join(source, "tests/web");
const run = runTool(join(here, "spectral"), "@stoplight/spectral-cli/dist/index.js", [
  "lint", join(source, "src/kyc/service/openapi.json"), "--ruleset", join(here, "spectral/ruleset.yaml"), "--fail-severity", "warn",
]);
console.log(run.stdout, run.stderr);
process.exit(run.status === 0 ? 0 : 1);
