// A person registers, an administrator authorises, the person verifies and has everything erased; in a real browser.

import { readdirSync } from "node:fs";
import { join } from "node:path";

import { check, equal, needSamples, openBrowser, password, run, samples, Server, totp, Visitor } from "./support.mjs";

needSamples("franck_02045.jpg", "franck.mp4");

const tests = {
  async the_first_administrator_sets_up_an_account(shared) {
    const admin = (shared.last = await Visitor.arrive(shared.browser, shared.server));
    await admin.go(`/setup#token=${shared.server.setUpToken}`);
    await admin.inspect("set-up");
    await admin.fill("Name", "Ada Admin");
    await admin.fill("E-mail address", "admin@example.org");
    await admin.fill("New password", "short");
    await admin.press("Create the account");
    await admin.see("at least 12");
    await admin.fill("New password", password);
    await admin.press("Create the account");
    await admin.heading("One-time codes");
    await admin.fill("Your password", password);
    await admin.press("Continue");
    const secret = await admin.page.getByTestId("totp-secret").innerText();
    await admin.page.getByRole("img", { name: "QR code for the authenticator app" }).waitFor();
    await admin.inspect("one-time codes");
    await admin.fill("Code", totp(secret));
    await admin.press("Confirm");
    await admin.heading("Hello, Ada Admin");
    await admin.inspect("home of an administrator");
    shared.secret = secret;
    shared.admin = admin;
  },

  async a_person_registers_and_waits(shared) {
    const person = (shared.last = await Visitor.arrive(shared.browser, shared.server));
    await person.go("/");
    await person.heading("Sign in");
    await person.inspect("sign-in");
    await person.page.getByRole("link", { name: "Register" }).click();
    await person.fill("Name", "Pat Person");
    await person.fill("E-mail address", "pat@example.org");
    await person.fill("New password", password);
    await person.inspect("registration");
    await person.press("Register");
    await person.heading("Registration received");
    await person.inspect("registered");
    await person.page.getByRole("link", { name: "Go to sign-in" }).click();
    await person.fill("E-mail address", "pat@example.org");
    await person.fill("Password", password);
    await person.press("Sign in");
    await person.see("Not authorised yet");
    shared.person = person;
  },

  async the_administrator_authorises(shared) {
    const { admin } = shared;
    shared.last = admin;
    await admin.page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Users" }).click();
    await admin.press("Registered");
    await admin.heading("Registered users");
    await admin.inspect("registered users");
    await admin.press("Authorise Pat Person");
    await admin.see("No users in this state");
    await admin.press("Authorised");
    await admin.page.getByRole("link", { name: "Pat Person pat@example.org" }).waitFor();
    await admin.press("Not authorised");
    await admin.see("No users in this state");
  },

  async an_administrator_signs_in_with_a_code(shared) {
    const again = (shared.last = await Visitor.arrive(shared.browser, shared.server));
    await again.go("/sign-in/admin");
    await again.inspect("administrator sign-in");
    await again.fill("E-mail address", "admin@example.org");
    await again.fill("Password", password);
    await again.press("Sign in");
    await again.see("Enter the code");
    await again.fill("One-time code", totp(shared.secret, 1));
    await again.press("Sign in");
    await again.heading("All users");
    await again.leave();
  },

  async the_person_verifies_and_is_accepted(shared) {
    const { person } = shared;
    shared.last = person;
    await person.press("Sign in");
    await person.heading("Hello, Pat Person");
    await person.inspect("home of a person");
    await person.page.getByRole("link", { name: "Begin a verification" }).click();
    await person.heading("Before you begin");
    await person.inspect("consent");
    await person.page.getByText("I have read this and agree to it.").click();
    await person.press("Agree and continue");
    await person.heading("Your document");
    await person.page.getByRole("tab", { name: "File" }).click();
    await person.page.locator("input[type=file]").setInputFiles(join(samples, "franck_02045.jpg"));
    await person.heading("Is everything readable?");
    await person.inspect("document");
    await person.press("Use this picture");
    await person.heading("Your face");
    await person.inspect("selfie");
    await person.page.locator("input[type=file]").setInputFiles(join(samples, "franck.mp4"));
    await person.decided("Accepted");
    await person.inspect("accepted");
  },

  async the_consent_is_read_in_the_persons_language(shared) {
    const { browser, server, person } = shared;
    const visitor = (shared.last = await Visitor.arrive(browser, server, { language: "de" }));
    await visitor.context.addCookies(await person.context.cookies());
    await visitor.go("/verify/new");
    await visitor.heading("Bevor es losgeht");
    equal(await visitor.page.locator(".legal").getAttribute("lang"), "de", "language of the text");
    await visitor.page.locator(".legal").getByText("biometrische Daten").waitFor();
    await visitor.leave();
    await person.see(/, English/);  // what was consented to before
  },

  async the_person_has_the_case_erased(shared) {
    const { person, server } = shared;
    shared.last = person;
    const files = () => readdirSync(join(server.folder, "data/media"), { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length;
    check(files() > 0, "there should be media before the erasure");
    await person.press("Erase this verification");
    await person.page.getByRole("alertdialog").waitFor();
    await person.inspect("question before erasing");
    await person.press("Erase");
    await person.see("No verification yet");
    equal(files(), 0, "media after the erasure");
  },

  async a_keyboard_is_enough(shared) {
    const { browser, server } = shared;
    const visitor = (shared.last = await Visitor.arrive(browser, server));
    const keys = visitor.page.keyboard;
    await visitor.go("/sign-in");
    await visitor.tabTo("E-mail address");
    await keys.type("pat@example.org");
    await visitor.tabTo("Password");
    await keys.type(password);
    await keys.press("Enter");
    await visitor.heading("Hello, Pat Person");
    await visitor.go("/");
    await keys.press("Tab");
    equal((await visitor.focused()).name, "Skip to the content", "what the first Tab leads to");
    await keys.press("Enter");
    equal(await visitor.page.evaluate(() => document.activeElement?.tagName), "MAIN", "where the skip link leads");
    await visitor.tabTo("Begin a verification");
    await keys.press("Enter");
    await visitor.heading("Before you begin");
    await visitor.tabTo("I have read this and agree to it.");
    await keys.press("Space");
    await visitor.tabTo("Agree and continue");
    await keys.press("Enter");
    await visitor.heading("Your document");
    await visitor.tabTo("Camera");
    await keys.press("ArrowRight");
    equal((await visitor.focused()).name, "File", "the tab beside it");
    await visitor.tabTo("Choose a file");
    await visitor.tabTo("Erase this verification");
    for (const answer of ["Escape", "Enter"]) {
      await keys.press("Enter");
      await visitor.page.getByRole("alertdialog").waitFor();
      check(await visitor.page.evaluate(() => Boolean(document.activeElement?.closest("[role=alertdialog]"))), "the question does not have the focus");
      if (answer === "Enter") await visitor.tabTo("Erase");
      await keys.press(answer);
      await visitor.page.getByRole("alertdialog").waitFor({ state: "detached" });
      if (answer === "Escape") equal((await visitor.focused()).name, "Erase this verification", "focus after the question");
    }
    await visitor.see("No verification yet");
    await visitor.leave();
  },
};

await run(tests, async () => ({
  server: await Server.start("--policy", new URL("policy.json", import.meta.url).pathname),
  browser: await openBrowser(),
}));
