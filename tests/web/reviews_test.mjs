// Two reviewers decide a doubtful case, and the person reads the result; in a real browser.

import { submitCase } from "./scenes.mjs";
import { equal, needSamples, openBrowser, run, Server, Visitor } from "./support.mjs";

needSamples("franck_02045.jpg", "franck.mp4");

const tests = {
  async two_reviewers_decide(shared) {
    const { server, browser } = shared;
    const admin = await server.makeAdmin();
    shared.person = await server.makeAccount(admin, "person", "Pat Person");
    const reviewers = [await server.makeAccount(admin, "reviewer", "Rita Reviewer"), await server.makeAccount(admin, "reviewer", "Rolf Reviewer")];
    shared.held = await submitCase(shared.person, "franck_02045.jpg", "franck.mp4");
    equal(shared.held.state, "review", "state");
    for (const [index, client] of reviewers.entries()) {
      const reviewer = (shared.last = await Visitor.arrive(browser, server));
      await reviewer.as(client);
      await reviewer.go("/reviews");
      await reviewer.page.getByRole("link", { name: /The photo on the document is too small/ }).click();
      await reviewer.heading("Case in review");
      await reviewer.page.waitForFunction(() => [...document.querySelectorAll(".face-pair img")].length === 2 && [...document.querySelectorAll("img")].every((image) => image.complete && image.naturalWidth > 0));
      await reviewer.see(`${index} of 2 verdicts given`);
      await reviewer.see("document_face_size");
      if (index === 0) {
        await reviewer.inspect("case in review");
        await reviewer.picture("review");
      }
      await reviewer.fill("Comment", index === 0 ? "Same nose, same ears." : "I agree.");
      await reviewer.press("Same person: accept");
      if (index === 0) await reviewer.see("You have decided.");
      else await reviewer.see("No case is waiting for a decision");
      await reviewer.leave();
    }
  },

  async the_person_reads_the_decision(shared) {
    const person = (shared.last = await Visitor.arrive(shared.browser, shared.server, { language: "de" }));
    await person.as(shared.person);
    await person.go(`/verify/${shared.held.id}`);
    await person.decided("Angenommen");
    await person.see("einem Prüfer");
    await person.inspect("decision in German");
    equal(await person.page.evaluate(() => document.documentElement.lang), "de", "language of the page");
  },
};

await run(tests, async () => ({
  server: await Server.start("--policy", new URL("review_policy.json", import.meta.url).pathname, "--reviewers", "2"),
  browser: await openBrowser(),
}));
