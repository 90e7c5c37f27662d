// What the tests of the web pages share: a real server on a free port, a real browser, and helpers to set a scene.

import { spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const source = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const web = join(source, "web");
export const samples = join(source, "samples");
export const program = process.argv[2];
const pictures = process.argv[3] ?? "";

// Clips of these tests follow no prompts, unless a test says otherwise.
const knowsChallenges = program ? spawnSync(program, ["serve", "--help"], { encoding: "utf8" }).stdout.includes("--challenge ") : false;

export const password = "three green bottles";

export function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

if (!existsSync(join(web, "node_modules/playwright-core"))) skip("web/node_modules is not there (tools/setup --web fetches it)");
if (!existsSync(join(web, "dist/index.html"))) skip("the pages are not built (make web)");
export const chromiumPath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
if (!chromiumPath) skip("there is no Chromium (tools/setup --browser installs it)");
const needed = createRequire(join(web, "package.json"));
const { chromium } = needed("playwright-core");
const axeSource = readFileSync(needed.resolve("axe-core/axe.min.js"), "utf8");

export function needSamples(...names) {
  for (const name of names) if (!existsSync(join(samples, name))) skip(`${name} is not among the sample media (tools/setup fetches them)`);
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(got, expected, what = "value") {
  const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

/** RFC 6238; offset: steps from now. */
export function totp(secret, offset = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const letter of secret.replace(/\s|=/g, "")) bits += alphabet.indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + offset));
  const digest = createHmac("sha1", key).update(counter).digest();
  return String((digest.readUInt32BE(digest[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A program of its own that asks the API: sets scenes faster than a browser does. */
export class Client {
  constructor(base) {
    this.base = base;
    this.cookie = "";
    this.csrf = "";
  }

  async ask(method, path, content, headers = {}) {
    const raw = content instanceof Uint8Array;
    const response = await fetch(this.base + path, {
      method,
      headers: {
        ...(content !== undefined && !raw ? { "Content-Type": "application/json" } : {}),
        ...(this.cookie ? { Cookie: this.cookie } : {}),
        ...(this.csrf ? { "X-CSRF-Token": this.csrf } : {}),
        ...headers,
      },
      ...(content === undefined ? {} : { body: raw ? content : JSON.stringify(content) }),
    });
    const cookie = response.headers.getSetCookie?.()[0];
    if (cookie) this.cookie = cookie.split(";")[0];
    const text = await response.text();
    const answer = text && response.headers.get("content-type")?.startsWith("application/json") ? JSON.parse(text) : text;
    if (!response.ok) throw Object.assign(new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`), { status: response.status, answer });
    return answer;
  }

  async logIn(email, code) {
    const made = await this.ask("POST", "/v1/session", { email, password, ...(code ? { totp: code } : {}) });
    this.csrf = made.csrf_token;
    this.account = made.account;
    return made;
  }

  async setUpTotp() {
    this.secret = (await this.ask("POST", "/v1/account/totp", { password })).secret;
    this.csrf = (await this.ask("POST", "/v1/account/totp/confirm", { totp: totp(this.secret) })).csrf_token;
  }
}

export class Server {
  static async start(...flags) {
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), "kyclops-web-"));
    server.datasets = join(server.folder, "datasets");
    mkdirSync(server.datasets);
    server.process = spawn(
      program,
      ["serve", "--data", join(server.folder, "data"), "--datasets", server.datasets, "--listen", "127.0.0.1:0", "--password-mib", "8",
       "--attempts-per-minute", "0", "--web", join(web, "dist"), ...(knowsChallenges && !flags.includes("--challenge") ? ["--challenge", "off"] : []),
       ...flags],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let log = "";
    server.process.stderr.on("data", (piece) => (log += piece));
    server.log = () => log;
    const lines = createInterface({ input: server.process.stdout });
    await new Promise((done, failed) => {
      server.process.on("exit", (code) => failed(new Error(`no server, exit code ${code}: ${log}`)));
      lines.on("line", (line) => {
        const port = /^listening on port (\d+)/.exec(line);
        if (port) server.base = `http://127.0.0.1:${port[1]}`;
        const link = /#token=(\S+)/.exec(line);
        if (link) {
          server.setUpToken = link[1];
          done();
        }
      });
    });
    return server;
  }

  client() {
    return new Client(this.base);
  }

  async makeAdmin() {
    const admin = this.client();
    await admin.ask("POST", "/v1/setup", { token: this.setUpToken, email: "admin@example.org", name: "Ada Admin", password });
    await admin.logIn("admin@example.org");
    await admin.setUpTotp();
    return admin;
  }

  /** Registered, authorised, logged in. */
  async makeAccount(admin, role, name = role) {
    const email = `${name.toLowerCase().replace(/\s+/g, ".")}@example.org`;
    const client = this.client();
    await client.ask("POST", "/v1/accounts", { email, name, password, role });
    const { items } = await admin.ask("GET", `/v1/accounts?state=pending&text=${encodeURIComponent(email)}`);
    await admin.ask("POST", `/v1/accounts/${items[0].id}/state`, { state: "authorised" });
    await client.logIn(email);
    if (role === "reviewer") await client.setUpTotp();
    client.email = email;
    return client;
  }

  async waitForJob(client, id) {
    for (;;) {
      const job = await client.ask("GET", `/v1/jobs/${id}`);
      if (job.state !== "queued" && job.state !== "running") return job;
      await new Promise((done) => setTimeout(done, 200));
    }
  }

  async stop() {
    this.process.removeAllListeners("exit");
    const ended = new Promise((done) => this.process.on("exit", done));
    this.process.kill("SIGTERM");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** Chromium; camera: a Y4M or MJPEG file that its camera shows over and over. */
export async function openBrowser({ camera } = {}) {
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-gpu",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      ...(camera ? [`--use-file-for-fake-video-capture=${camera}`] : []),
    ],
  });
}

/** A person at a browser: own cookies, and whatever the page complains about is remembered. */
export class Visitor {
  static async arrive(browser, server, { size = desktop, dark = false, language = "en", reducedMotion = "reduce" } = {}) {
    const visitor = new Visitor();
    visitor.server = server;
    visitor.context = await browser.newContext({
      viewport: size,
      colorScheme: dark ? "dark" : "light",
      locale: language === "de" ? "de-DE" : "en-GB",
      timezoneId: "UTC",
      reducedMotion,
      isMobile: size === phone,
      hasTouch: size === phone,
      permissions: ["camera"],
    });
    visitor.page = await visitor.context.newPage();
    visitor.page.setDefaultTimeout(120_000);
    visitor.complaints = [];
    visitor.page.on("console", (message) => {
      // What the service refused is shown to the person; that the browser notes it as well is no fault.
      if (message.type() === "error" && !/^Failed to load resource: the server responded with a status of (40[1349]|422|429|503)/.test(message.text()))
        visitor.complaints.push(message.text());
    });
    visitor.page.on("pageerror", (error) => visitor.complaints.push(String(error)));
    visitor.page.on("request", (request) => {
      if (!request.url().startsWith(server.base) && !/^(blob|data):/.test(request.url())) visitor.complaints.push(`asked another host: ${request.url()}`);
    });
    return visitor;
  }

  async go(path) {
    await this.page.goto(this.server.base + path, { waitUntil: "domcontentloaded" });
    await this.page.locator("h1").first().waitFor();
  }

  /** Logged in without the form: the cookie of a client. */
  async as(client) {
    const [name, value] = client.cookie.split("=");
    await this.context.addCookies([{ name, value, url: this.server.base, httpOnly: true, sameSite: "Strict" }]);
  }

  async fill(label, value) {
    const field = this.page.getByLabel(label, { exact: true });
    // What is on its way out (the panel of a tab that was left) stays in the page for some frames: its field is not the one meant.
    for (const deadline = Date.now() + 30_000; (await field.count()) > 1 && Date.now() < deadline; ) await new Promise((done) => setTimeout(done, 20));
    await field.fill(value);
  }

  async press(name) {
    await this.page.getByRole("button", { name, exact: true }).first().click();
  }

  async see(text) {
    await this.page.getByText(text).first().waitFor();
  }

  /** What has the focus: its name, and whether somebody who looks can tell. */
  async focused() {
    return this.page.evaluate(() => {
      const it = document.activeElement;
      const named = (it.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
      const box = it.getBoundingClientRect();
      const rings = [it, it.closest("label")?.querySelector(".checkbox-box")].filter(Boolean).map((each) => getComputedStyle(each));
      return {
        name: (it.getAttribute("aria-label") || named.trim() || it.labels?.[0]?.innerText || it.innerText || "").trim(),
        seen: rings.some((ring) => ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 1) && box.bottom > 0 && box.top < innerHeight,
      };
    });
  }

  /** By the Tab key alone; what has the focus must be seen to have it. */
  async tabTo(name) {
    const passed = [];
    for (let presses = 0; presses < 60; ++presses) {
      await this.page.keyboard.press("Tab");
      const here = await this.focused();
      passed.push(here.name);
      if (here.name === name) {
        check(here.seen, `${name} has the focus, but nobody can see it`);
        return;
      }
    }
    throw new Error(`Tab does not lead to ${name}, but to ${passed.join(" | ")}`);
  }

  async heading(name) {
    await this.page.getByRole("heading", { name, exact: true }).first().waitFor();
  }

  /** Waits as long as a verification may take on a busy machine. */
  async decided(title) {
    await this.page.locator(".verdict h2").waitFor({ timeout: 600_000 });
    equal(await this.page.locator(".verdict h2").innerText(), title, "decision");
  }

  /** Nothing that axe calls serious or critical, and nothing in the console. */
  async inspect(where) {
    await this.page.evaluate((script) => void (window.axe ?? (0, eval)(script)), axeSource).catch(async () => {
      // The policy forbids eval in the page: the script comes in as the debugger's own.
      await this.page.context().newCDPSession(this.page).then((session) => session.send("Runtime.evaluate", { expression: axeSource }));
    });
    const { violations } = await this.page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const serious = violations.filter((each) => each.impact === "serious" || each.impact === "critical");
    const told = serious.map((each) => `${each.id} (${each.impact}): ${each.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join("; ")}`);
    check(serious.length === 0, `${where}: axe found ${told.join("\n  ")}`);
    check(this.complaints.length === 0, `${where}: the browser complains: ${this.complaints.join("; ")}`);
  }

  /** A picture of the page, where the test was asked for some. */
  async picture(name) {
    const file = join(pictures, `${name}.png`);
    // Of the pictures of the documentation only those that it shows are made anew.
    if (!pictures || (resolve(pictures) === join(source, "docs/journeys") && !existsSync(file))) return;
    mkdirSync(pictures, { recursive: true });
    await this.page.evaluate(() => document.fonts.ready);
    // As tall as the page: what sticks to the window's height then does so in the picture.
    const size = this.page.viewportSize();
    const height = await this.page.evaluate(() => document.documentElement.scrollHeight);
    await this.page.setViewportSize({ width: size.width, height: Math.min(Math.max(size.height, height), 2400) });
    await this.page.screenshot({ path: file, animations: "disabled" });
    await this.page.setViewportSize(size);
  }

  async leave() {
    await this.context.close();
  }
}

/** Runs the tests one after the other with what they share; exit code 1 if one failed. */
export async function run(tests, setUp) {
  const shared = await setUp();
  let failed = 0;
  try {
    for (const [name, test] of Object.entries(tests)) {
      if (process.argv[4] && !name.includes(process.argv[4])) continue;
      const begun = Date.now();
      try {
        await test(shared);
        console.log(`ok    ${name} (${((Date.now() - begun) / 1000).toFixed(1)} s)`);
      } catch (error) {
        ++failed;
        console.log(`FAIL  ${name}\n${error.stack}`);
        if (process.env.KYC_WEB_DEBUG && shared.last) await shared.last.page.screenshot({ path: `/tmp/webs/fail-${name}.png`, fullPage: true }).catch(() => {});
      }
    }
  } finally {
    await shared.browser?.close();
    await shared.server?.stop();
  }
  process.exit(failed ? 1 : 0);
}
