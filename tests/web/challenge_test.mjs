// The active challenge before a camera, in a real browser: who follows the prompts is accepted; a still, a recording made
// for other prompts, and one that turns the wrong way are not.
//
// The camera is Chromium's pretended one. It shows a file from the moment on at which the page opens it, and over and over:
// a sample of a talking man, cut so that his head does what is asked (`kyclops challenge perform`), after some seconds in
// which he looks straight ahead. The service draws the challenge of a seed, so the file can be made beforehand; the test
// presses "Start recording" at the second of the file for which it was cut. The policy does not ask the fused detectors: they find,
// rightly, that pieces of the file come again.

import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beginCase } from "./scenes.mjs";
import { check, desktop, equal, needSamples, openBrowser, phone, program, run, samples, Server, source, Visitor } from "./support.mjs";

needSamples("franck_02045.jpg", "franck.mp4");

const seed = 11;
const leadS = 8;  // the camera runs for so long before its performance begins
// The man does what is asked 0.6 s after it is; a recording that begins so much before the file's performance leaves as
// much room for a machine that is late as for one that is early.
const aheadS = 0.3;
const words = {
  turn_left: "Turn your head to your left, then look straight ahead again",
  turn_right: "Turn your head to your right, then look straight ahead again",
  look_up: "Lift your head, then look straight ahead again",
  look_down: "Lower your head, then look straight ahead again",
  blink: "Close your eyes for a moment, then open them",
  open_mouth: "Open your mouth wide, then close it",
};
const folder = mkdtempSync(join(tmpdir(), "kyclops-camera-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function kyclops(...args) {
  return execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 20 });
}

function draw(number) {
  const file = join(folder, `challenge-${number}.json`);
  const text = kyclops("challenge", "new", "--seed", String(number));
  writeFileSync(file, text);
  return { file, ...JSON.parse(text) };
}

/** A file for the camera, and the seconds after which it begins anew. */
function cameraFile(how, challenge) {
  const file = join(folder, `${how}.y4m`);
  kyclops("challenge", "perform", join(samples, "franck.mp4"), "--moves", join(source, "tests/service/franck_moves.json"),
          "--challenge", challenge.file, "--how", how === "replay" ? "follow" : how, "--lead", String(leadS), "--out", file, "--quiet");
  const beginning = Buffer.alloc(100);
  const opened = openSync(file);
  readSync(opened, beginning);
  closeSync(opened);
  const head = beginning.toString("latin1").split("\n")[0];
  const [, width, height, rate] = /W(\d+) H(\d+) F(\d+):1000/.exec(head).map(Number);
  const frames = (statSync(file).size - head.length - 1) / ("FRAME\n".length + (width * height * 3) / 2);
  equal(frames, Math.round(frames), "frames of the camera's file");
  return { file, seconds: (frames * 1000) / rate };
}

/** The page notes when its camera was opened: the file begins there. */
async function arrive(browser, server, client, look) {
  const visitor = await Visitor.arrive(browser, server, look);
  await visitor.page.addInitScript(() => {
    const devices = navigator.mediaDevices;
    const open = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => {
      const stream = await open(wanted);
      window.cameraSince = performance.now();
      return stream;
    };
  });
  await visitor.as(client);
  return visitor;
}

/** Presses the button at the second of the camera's file at which its performance is about to begin. */
async function startInTime(visitor, camera) {
  const button = visitor.page.getByRole("button", { name: "Start recording", exact: true });
  await visitor.page.waitForFunction(() => {
    const found = [...document.querySelectorAll("button")].find((each) => each.textContent?.includes("Start recording"));
    return found && !found.disabled;
  });
  await button.hover();
  const shown = (await visitor.page.evaluate(() => performance.now() - window.cameraSince)) / 1000;
  let at = leadS - aheadS;
  while (at < shown + 0.2) at += camera.seconds;
  await new Promise((done) => setTimeout(done, 1000 * (at - shown)));
  await button.click();
}

/** Records while the prompts are shown, and waits for the decision. */
async function perform(shared, visitor, camera, { picture } = {}) {
  const { asked } = shared;
  await visitor.heading("Your face");
  await startInTime(visitor, camera);
  await visitor.see("Get ready: look straight into the camera");
  for (const [index, prompt] of asked.prompts.entries()) {
    const text = visitor.page.getByText(words[prompt.action], { exact: true });
    await text.waitFor();
    const place = await text.boundingBox();
    check(place.y >= 0 && place.y + place.height <= visitor.page.viewportSize().height, `prompt ${index + 1} is outside of the screen`);
    if (index === 0) await visitor.inspect("a prompt");
    if (index === 1 && picture) await visitor.picture(picture);
    await visitor.see(`${index + 1} of ${asked.prompts.length} done`);
  }
}

async function verify(shared, how, challenge, look) {
  const { server, person } = shared;
  const camera = cameraFile(how, challenge);
  const browser = (shared.browser = await openBrowser({ camera: camera.file }));
  const held = await beginCase(person, "franck_02045.jpg");
  const visitor = (shared.last = await arrive(browser, server, person, look));
  await visitor.go(`/verify/${held}`);
  await perform(shared, visitor, camera, look);
  await visitor.decided("Not accepted");
  await visitor.inspect("not accepted");
  const codes = await visitor.page.locator(".reasons li").evaluateAll((all) => all.map((each) => each.dataset.code));
  const told = await person.ask("GET", `/v1/cases/${held}`);
  equal([told.state, told.challenge.attached, told.challenge.passed], ["rejected", true, false], "state and challenge of the case");
  equal(codes, [...new Set(told.reasons.map((reason) => reason.code))], "reasons on the page, each once");
  console.log(`      ${how}: ${codes.join(", ")}`);
  check(codes.some((code) => code.startsWith("challenge_")), `no reason is the challenge's: ${codes}`);
  await browser.close();
  rmSync(camera.file);
  return { visitor, codes };
}

const tests = {
  async a_person_who_follows_the_prompts_is_accepted(shared) {
    const { server, person, asked } = shared;
    const camera = cameraFile("follow", asked);
    const browser = (shared.browser = await openBrowser({ camera: camera.file }));
    const visitor = (shared.last = await arrive(browser, server, person, { size: desktop }));
    await visitor.go("/");
    await visitor.page.getByRole("link", { name: "Begin a verification" }).click();
    await visitor.heading("Before you begin");
    await visitor.page.getByText("I have read this and agree to it.").click();
    await visitor.press("Agree and continue");
    await visitor.heading("Your document");
    await visitor.page.getByRole("tab", { name: "File" }).click();
    await visitor.page.locator("input[type=file]").setInputFiles(join(samples, "franck_02045.jpg"));
    await visitor.press("Use this picture");
    await visitor.heading("Your face");
    equal(await visitor.page.locator("input[type=file]").count(), 0, "ways to send a file instead");
    await perform(shared, visitor, camera, { picture: "challenge-desktop-light" });
    await visitor.decided("Accepted");
    equal(await visitor.page.locator(".reasons li").count(), 0, "reasons on the page");
    const { items } = await person.ask("GET", "/v1/cases?state=accepted");
    equal(items.length, 1, "accepted cases");
    const told = await person.ask("GET", `/v1/cases/${items[0].id}`);
    equal([told.reasons, told.challenge.attached, told.challenge.passed], [[], true, true], "reasons and challenge of the case");
    await visitor.picture("accepted-desktop-light");
    await browser.close();
    rmSync(camera.file);
  },

  async a_still_is_not(shared) {
    const { codes } = await verify(shared, "still", shared.asked, { size: phone, dark: true, picture: "challenge-phone-dark" });
    check(codes.includes("challenge_not_seen"), `expected challenge_not_seen, got ${codes}`);
  },

  async a_recording_made_for_other_prompts_is_not(shared) {
    const other = draw(seed + 1);
    check(JSON.stringify(other.prompts) !== JSON.stringify(shared.asked.prompts), "the two challenges are the same");
    await verify(shared, "replay", other, { size: { width: 360, height: 600 }, dark: true });
  },

  async one_that_turns_the_wrong_way_is_not(shared) {
    const { codes } = await verify(shared, "wrong_direction", shared.asked, { size: phone });
    check(codes.includes("challenge_wrong_direction"), `expected challenge_wrong_direction, got ${codes}`);
  },
};

await run(tests, async () => {
  const server = await Server.start("--policy", new URL("challenge_policy.json", import.meta.url).pathname, "--challenge", "required",
                                    "--challenge-seed", String(seed));
  const person = await server.makeAccount(await server.makeAdmin(), "person", "Pat Person");
  return { server, person, asked: draw(seed) };
});
