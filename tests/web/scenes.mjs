// Scenes that several tests need: a recipe with its media, cases that were decided or wait for a reviewer.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { check, samples, source } from "./support.mjs";

export const recipeMedia = ["sample2.jpg", "sample5.jpg", "audrey.jpg", "cap13_edit2.mp4"];

/** The recipe of docs/journeys.md in the service's folder of data sets, as it says there; so much of each clip. */
export function layRecipe(server, { seconds } = {}) {
  const [recipes, media] = ["recipes", "samples"].map((name) => join(server.datasets, name));
  for (const folder of [recipes, media]) mkdirSync(folder, { recursive: true });
  for (const name of recipeMedia) copyFileSync(join(samples, name), join(media, name));
  for (const name of ["faces.toml", "faces_victims.csv", "faces_drivers.csv"]) copyFileSync(join(source, "examples", name), join(recipes, name));
  if (seconds === undefined) return "recipes/faces.toml";
  const text = readFileSync(join(recipes, "faces.toml"), "utf8");
  writeFileSync(join(recipes, "longer.toml"), text.replace("max_seconds = 0.3", `max_seconds = ${seconds}`));
  return "recipes/longer.toml";
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
