// The lock files name no registry and pin every package by hash; what builds the pages runs on Debian 12's Node and on Node 20; no
// known hole is in what the pages ship.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

import { skip, source, web } from "./node_tool.mjs";

const nodes = ["18.20.4", "20.17.0"];  // the first is Debian 12's

let failed = false;
const fail = (message) => {
  console.log(message);
  failed = true;
};
for (const folder of ["web", "tests/web/spectral"]) {
  const { packages } = JSON.parse(readFileSync(join(source, folder, "package-lock.json"), "utf8"));
  const wanted = JSON.parse(readFileSync(join(source, folder, "package.json"), "utf8"));
  for (const [name, version] of Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })) {
    if (!/^\d+\.\d+\.\d+$/.test(version)) fail(`${folder}/package.json: ${name} ${version} is no exact version`);
    if (packages[`node_modules/${name}`]?.version !== version) fail(`${folder}/package-lock.json: ${name} is not ${version}`);
  }
  for (const [path, entry] of Object.entries(packages)) {
    if (path === "") continue;
    if (entry.resolved) fail(`${folder}/package-lock.json: ${path} names where it was fetched from`);
    // Those for other systems that the registry does not carry (tools/lock_web) are never fetched.
    const elsewhere = entry.optional && (!entry.os?.includes('linux') || !entry.cpu?.includes('x64') || entry.libc?.includes('musl'))
    if (!entry.integrity && !elsewhere) fail(`${folder}/package-lock.json: ${path} has no hash`);
  }
}
if (existsSync(join(web, "node_modules/semver"))) {
  const semver = createRequire(join(web, "package.json"))("semver");
  const { packages } = JSON.parse(readFileSync(join(web, "package-lock.json"), "utf8"));
  for (const [path, { engines }] of Object.entries(packages))
    for (const node of nodes)
      if (engines?.node && !semver.satisfies(node, engines.node)) fail(`web/package-lock.json: ${path || "it"} wants Node ${engines.node}, not ${node}`);
}
if (failed) process.exit(1);
if (!existsSync(join(web, "node_modules"))) skip("web/node_modules is not there (tools/setup --web fetches it)");
const audit = spawnSync("npm", ["audit", "--omit=dev", "--json"], { cwd: web, encoding: "utf8" });
let report;
try {
  report = JSON.parse(audit.stdout);
} catch {
  report = {};
}
if (!report.metadata?.vulnerabilities) skip("the lock files are sound; the registry answers no audit here");
const { vulnerabilities } = report.metadata;
console.log(vulnerabilities);
process.exit(vulnerabilities.total > 0 ? 1 : 0);
