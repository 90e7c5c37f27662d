// Scenes that several tests need: a recipe with its media, cases that were decided or wait for a reviewer.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { check, samples } from "./support.mjs";

const recipeOf = (seconds) => `name = "faces"
seed = 1
max_seconds = ${seconds}
compression = ["c0", "c23", "c40"]
preset = "ultrafast"
portraits = true
estimate = ["age", "sex"]
[split]
test = 1.0
[[victims]]
folder = "portraits"
consent = "sample media"
licence = "MIT"
[[drivers]]
folder = "clips"
consent = "sample media"
licence = "MIT"
[[attacks]]
method = "swap/landmark"
`;

export const recipeMedia = ["sample2.jpg", "sample5.jpg", "audrey.jpg", "cap13_edit2.mp4"];

/** A recipe in the service's folder of data sets, with three portraits and so much of a clip. */
export function layRecipe(server, { seconds = 0.3 } = {}) {
  const folder = join(server.datasets, "sources");
  for (const [part, names] of [["portraits", recipeMedia.slice(0, 3)], ["clips", recipeMedia.slice(3)]]) {
    mkdirSync(join(folder, part), { recursive: true });
    for (const name of names) copyFileSync(join(samples, name), join(folder, part, name));
  }
  const name = `recipe-${seconds}.toml`;
  writeFileSync(join(folder, name), recipeOf(seconds));
  return `sources/${name}`;
}

/** A data set that was built and attached; its id. */
export async function buildDataset(server, researcher) {
  const { job } = await researcher.ask("POST", "/v1/datasets/build", { name: "Faces", recipe: layRecipe(server), folder: "faces" });
  const done = await server.waitForJob(researcher, job);
  check(done.state === "done", `the build: ${JSON.stringify(done)}`);
  return done.result.dataset;
}

/** A case with consent and a document; its id. */
export async function beginCase(client, document) {
  const { id } = await client.ask("POST", "/v1/cases", {});
  const { version } = await client.ask("GET", "/v1/consent");
  await client.ask("POST", `/v1/cases/${id}/consent`, { version });
  if (document) await client.ask("PUT", `/v1/cases/${id}/document`, readFileSync(join(samples, document)), { "Content-Type": "image/jpeg" });
  return id;
}

/** A case with its files, submitted; waits for the decision. */
export async function submitCase(client, document, selfie) {
  const id = await beginCase(client, document);
  await client.ask("PUT", `/v1/cases/${id}/selfie`, readFileSync(join(samples, selfie)), { "Content-Type": "video/mp4" });
  await client.ask("POST", `/v1/cases/${id}/process`, {});
  for (;;) {
    const held = await client.ask("GET", `/v1/cases/${id}`);
    if (held.state !== "processing") return held;
    await new Promise((done) => setTimeout(done, 300));
  }
}
