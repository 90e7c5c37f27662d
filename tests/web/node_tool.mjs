// What the tests that run a tool of npm share.

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const source = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const web = join(source, "web");

export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

/** Runs a script of node_modules with node itself. */
export function runTool(folder, script, args, options = {}) {
  const path = join(folder, "node_modules", script);
  if (!existsSync(path)) skip(`${path.slice(source.length + 1)} is not there (tools/setup --web --browser fetches it)`);
  return spawnSync(process.execPath, [path, ...args], { encoding: "utf8", cwd: folder, ...options });
}
