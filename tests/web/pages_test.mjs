// Every page: axe finds nothing serious, the browser nothing to complain about, nothing sticks out to the side. On a
// desktop in light colours and on a phone in dark ones; with a folder for pictures also the other way round.

import { beginCase, buildDataset, recipeMedia, submitCase } from "./scenes.mjs";
import { check, desktop, needSamples, openBrowser, phone, run, Server, Visitor } from "./support.mjs";

needSamples(...recipeMedia, "audrey.jpg", "cap13_edit2.mp4");

async function visit(shared, look, client, pages) {
  const visitor = (shared.last = await Visitor.arrive(shared.browser, shared.server, look));
  if (client) await visitor.as(client);
  const suffix = `${look.size === phone ? "phone" : "desktop"}-${look.dark ? "dark" : "light"}`;
  for (const [name, path, ready] of pages) {
    await visitor.go(path);
    if (typeof ready === "string") await visitor.see(ready);
    else await ready?.(visitor);
    await visitor.page.waitForFunction(() => document.querySelectorAll(".spinner").length === 0);
    await visitor.inspect(`${name} (${suffix})`);
    const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    check(wide <= 0, `${name} (${suffix}): ${wide} pixels stick out to the side`);
    await visitor.picture(`${name}-${suffix}`);
  }
  await visitor.leave();
}

async function everybody(shared, look) {
  const { admin, person, reviewer, researcher, dataset, sample, job, rejected, review, user } = shared.scene;
  await visit(shared, look, null, [
    ["sign-in", "/sign-in"],
    ["sign-in-admin", "/sign-in/admin"],
    ["register", "/register"],
    ["setup", "/setup#token=x"],
    ["api-public", "/api", "Find a call"],
  ]);
  await visit(shared, look, person, [
    ["home-person", "/", "Your verifications"],
    ["verify-list", "/verify"],
    ["verify-consent", "/verify/new", "I have read this"],
    ["verify-document", `/verify/${shared.scene.consented}`, async (v) => {
      await v.page.waitForFunction(() => document.querySelector("video")?.videoWidth > 0);
      await v.page.getByRole("button", { name: "Take the picture" }).waitFor();
      await v.page.getByText("The camera is starting").waitFor({ state: "detached" });
    }],
    ["verify-selfie", `/verify/${shared.scene.documented}`, "Start recording"],
    ["verify-rejected", `/verify/${rejected}`, "Not accepted"],
    ["account", "/account", "No API keys"],
    ["one-time-codes", "/totp", "One-time codes"],
    ["datasets-person", "/datasets", "Faces"],
    ["not-found", "/nothing-here", "There is nothing"],
    ["forbidden", "/users", "No access"],
  ]);
  await visit(shared, look, researcher, [
    ["datasets-find", "/datasets?view=find&kind=attack", "Matching"],
    ["datasets-age", "/datasets?view=age&age_from=20&age_to=30", "Matching"],
    ["dataset", `/datasets/${dataset}`, async (v) => v.page.locator(".sample-card img").first().waitFor()],
    ["dataset-age", `/datasets/${dataset}?age_from=20&age_to=30`, "Faces of age 20 to 30"],
    ["sample", `/datasets/${dataset}/samples/${sample}`, "(0 natural, 100 distorted)"],
    ["dataset-add", "/datasets/add", async (v) => {
      await v.page.getByRole("tab", { name: "Build from a recipe" }).click();
      await v.page.getByLabel("Recipe", { exact: true }).waitFor();
    }],
    ["evaluations", "/evaluations", "Start an evaluation"],
    ["jobs", "/jobs", "Build: Faces"],
    ["job", `/jobs/${job}`, "Open the result"],
    ["api", "/api", async (v) => {
      await v.see("Find a call");
      await v.page.locator("details.call").nth(6).evaluate((each) => (each.open = true));
    }],
  ]);
  await visit(shared, look, reviewer, [
    ["home-reviewer", "/", "1 waiting"],
    ["reviews", "/reviews", "Submitted"],
    ["review", `/reviews/${review}`, "Signals"],
  ]);
  await visit(shared, look, admin, [
    ["home-admin", "/", "1 waiting"],
    ["users", "/users", "Pat Person"],
    ["users-pending", "/users?state=pending", "Authorise"],
    ["users-authorised", "/users?state=authorised", "Pat Person"],
    ["users-rejected", "/users?state=rejected", "No users in this state"],
    ["user", `/users/${user}`, "Rights"],
    ["audit", "/audit", async (v) => {
      await v.press("Check the whole log");
      await v.see("The log is whole");
    }],
    ["privacy", "/privacy", "Documents"],
    ["webhooks", "/webhooks", "example.org"],
  ]);
}

const tests = {
  async a_scene_is_set(shared) {
    const { server } = shared;
    const admin = await server.makeAdmin();
    const person = await server.makeAccount(admin, "person", "Pat Person");
    const reviewer = await server.makeAccount(admin, "reviewer", "Rita Reviewer");
    const researcher = await server.makeAccount(admin, "researcher", "Remy Researcher");
    await server.client().ask("POST", "/v1/accounts", { email: "new@example.org", name: "Nora New", password: "three green bottles" });
    await admin.ask("POST", "/v1/webhooks", { url: "https://example.org/kyclops", events: ["case.decided"] });
    const dataset = await buildDataset(server, researcher);
    const { items } = await researcher.ask("GET", `/v1/datasets/${dataset}/samples?species=swap&compression=c23`);
    const jobs = await researcher.ask("GET", "/v1/jobs");
    const rejected = await submitCase(person, "audrey.jpg", "cap13_edit2.mp4");
    check(rejected.state === "rejected", rejected.state);
    const review = await submitCase(person, "franck_02045.jpg", "franck.mp4");
    check(review.state === "review", review.state);
    const begun = [await beginCase(person), await beginCase(person, "audrey.jpg")];
    shared.scene = {
      admin, person, reviewer, researcher, dataset, sample: items[0].id, job: jobs.items.at(-1).id,
      rejected: rejected.id, review: review.id, user: person.account.id, consented: begun[0], documented: begun[1],
    };
  },
  async on_a_desktop_in_light(shared) {
    await everybody(shared, { size: desktop, dark: false });
  },
  async on_a_phone_in_dark(shared) {
    await everybody(shared, { size: phone, dark: true });
  },
};
if (process.argv[3])
  Object.assign(tests, {
    on_a_desktop_in_dark: (shared) => everybody(shared, { size: desktop, dark: true }),
    on_a_phone_in_light: (shared) => everybody(shared, { size: phone, dark: false }),
  });

await run(tests, async () => ({
  server: await Server.start("--policy", new URL("review_policy.json", import.meta.url).pathname),
  browser: await openBrowser(),
}));
