// An administrator builds a data set from a form, watches the job, and finds faces of age 20 to 30 in it; in a real browser.

import { layRecipe, recipeMedia } from "./scenes.mjs";
import { check, equal, needSamples, openBrowser, run, Server, Visitor } from "./support.mjs";

needSamples(...recipeMedia);

const tests = {
  async a_build_starts_from_a_form_and_is_watched(shared) {
    const { server, browser } = shared;
    shared.admin = await server.makeAdmin();
    const admin = (shared.visitor = shared.last = await Visitor.arrive(browser, server));
    await admin.as(shared.admin);
    await admin.go("/datasets");
    await admin.see("No data sets yet");
    await admin.page.getByRole("link", { name: "Add a data set" }).click();
    await admin.heading("Add a data set");
    await admin.page.getByRole("tab", { name: "Build from a recipe" }).click();
    await admin.page.getByLabel("Recipe", { exact: true }).waitFor();
    await admin.fill("Name", "Faces");
    await admin.fill("Recipe", "recipes/nothing.toml");
    await admin.fill("New folder", "faces");
    await admin.press("Start the build");
    await admin.see(/expected a file below the folder/);
    await admin.fill("Recipe", layRecipe(server));
    await admin.picture("data-1-build");
    await admin.press("Start the build");
    await admin.heading("Build: Faces");
    // A quick machine may be done before the page is there.
    await admin.page.getByRole("progressbar").or(admin.page.getByRole("link", { name: "Open the result" })).first().waitFor();
    await admin.picture("data-2-job");
    await admin.page.getByRole("link", { name: "Open the result" }).waitFor({ timeout: 600_000 });
    await admin.page.getByRole("link", { name: "Open the result" }).click();
    await admin.heading("Faces");
    await admin.page.locator(".sample-card").first().waitFor();
  },

  async another_job_is_cancelled(shared) {
    const { server, visitor, admin } = shared;
    const recipe = layRecipe(server, { seconds: 30 });  // long enough to be cancelled on any machine
    const { job } = await admin.ask("POST", "/v1/datasets/build", { name: "Again", recipe, folder: "again" });
    await visitor.go(`/jobs/${job}`);
    await visitor.press("Cancel the job");
    await visitor.page.getByRole("alertdialog").getByRole("button", { name: "Cancel the job" }).click();
    await visitor.see("cancelled");
    equal((await server.waitForJob(admin, job)).state, "cancelled", "state of the job");
  },

  async faces_of_age_20_to_30_are_found(shared) {
    const { visitor } = shared;
    await visitor.go("/datasets");
    await visitor.press("By age");
    await visitor.heading("Find data sets by age");
    await visitor.fill("From age", "90");
    await visitor.press("Find by age");
    await visitor.see("No data set holds such samples");
    await visitor.fill("From age", "20");
    await visitor.fill("To age", "30");
    await visitor.press("Find by age");
    const row = visitor.page.getByRole("row", { name: /Faces/ });
    await row.waitFor();
    await visitor.inspect("data sets by age");
    await visitor.picture("data-3-by-age");
    await row.getByRole("link", { name: /Faces/ }).click();
    await visitor.heading("Faces of age 20 to 30");
    await visitor.page.locator(".sample-card").first().waitFor();
    const total = Number(/\d+/.exec(await visitor.page.locator(".results-head .note").innerText())[0]);
    check(total > 0, "no sample of age 20 to 30");
    const shown = await visitor.page.locator(".sample-card .note").allInnerTexts();
    for (const text of shown) {
      const age = Number(/about (\d+) years/.exec(text)?.[1]);
      check(age >= 20 && age <= 30, `a sample out of the range: ${text}`);
    }
    equal(shown.length, total, "samples shown");
    await visitor.page.locator(".sample-card img").first().evaluate((image) => image.complete || new Promise((done) => (image.onload = done)));
    await visitor.inspect("samples by age");
    await visitor.picture("data-4-samples");
  },

  async a_sample_shows_its_compressions_and_where_it_came_from(shared) {
    const { visitor } = shared;
    await visitor.page.locator(".sample-card", { hasText: "C23" }).locator("a").first().click();
    await visitor.heading("The same clip in all compressions");
    equal(await visitor.page.locator(".compressions figcaption a").allInnerTexts(), ["C0", "C23", "C40"], "compressions");
    await visitor.see("Source: gives the identity");
    await visitor.see("Target: receives it");
    await visitor.see("(0 natural, 100 distorted)");
    const size = await visitor.page.locator("video.player").evaluate(
      (video) => new Promise((done, failed) => {
        const tell = () => done([video.videoWidth, video.videoHeight]);
        if (video.readyState >= 1) tell();
        video.onloadedmetadata = tell;
        video.onerror = () => failed(new Error("the clip does not play"));
      }),
    );
    check(size[0] > 0 && size[1] > 0, "the clip has no picture");
    await visitor.page.waitForFunction(() => [...document.querySelectorAll(".compressions img")].every((image) => image.complete && image.naturalWidth > 0));
    await visitor.inspect("sample");
    await visitor.picture("data-5-sample");
  },
};

await run(tests, async () => ({ server: await Server.start(), browser: await openBrowser() }));
