// web/src/api/schema.d.ts is what openapi.json says today.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { runTool, source, web } from "./node_tool.mjs";

const made = runTool(web, "openapi-typescript/bin/cli.js", [join(source, "src/kyc/service/openapi.json")]);
if (made.status !== 0) {
  console.log(made.stderr);
  process.exit(1);
}
if (made.stdout.trim() !== readFileSync(join(web, "src/api/schema.d.ts"), "utf8").trim()) {
  console.log("web/src/api/schema.d.ts is older than openapi.json: run 'npm run api' in web/");
  process.exit(1);
}
