// The unit tests of the pages (web/src/**/*.test.ts), and that the pages type-check.

import { runTool, web } from "./node_tool.mjs";

for (const [script, args] of [["typescript/bin/tsc", ["--noEmit"]], ["vitest/vitest.mjs", ["run", "--no-color"]]]) {
  const run = runTool(web, script, args, { stdio: "inherit" });
  if (run.status !== 0) process.exit(1);
}
