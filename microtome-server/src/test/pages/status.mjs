// Looks at a server's status page in a headless browser: readable with and without JavaScript, on
// wide screens and phones; own jobs appear and move; markup in names, logs and errors stays text;
// nothing breaks the page's content policy or leaves the server.
// Usage: node status.mjs BROWSER URL KEY
import { createRequire } from "node:module";

const { chromium } = createRequire(process.cwd() + "/")("playwright-core");
const [browserPath, url, key] = process.argv.slice(2);
const MARKUP = "<img src=x onerror=1>";
const SCREENS = {
  "wide, light": { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  "wide, dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};

let checks = 0;
const failures = [];

function check(where, what, held, got = "") {
  checks++;
  if (!held) failures.push(`${where}: ${what}${got === "" ? "" : ` (got ${JSON.stringify(got)})`}`);
}

function watch(page) {
  const seen = { requests: [], messages: [], dialogs: 0 };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => seen.messages.push(message.text()));
  page.on("pageerror", (error) => seen.messages.push(String(error)));
  page.on("dialog", (dialog) => (seen.dialogs++, dialog.dismiss()));
  return seen;
}

async function common(page, where, seen) {
  const text = await page.locator("body").innerText();
  check(where, "tells the models", (await page.locator("#models tbody tr").count()) === 2);
  check(where, "tells the numbers", (await page.locator("#numbers dd").count()) === 5);
  check(where, "tells failed jobs by code", text.includes("run_failed"), text.slice(0, 300));
  check(where, "shows markup as text", text.includes(MARKUP));
  check(where, "makes no elements of it", (await page.locator("main img, main script").count()) === 0);
  check(where, "the title is its own", (await page.title()) === "Microtome server");
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  check(where, "fits the screen", width <= page.viewportSize().width, width);
  check(where, "asks nobody else", seen.requests.every((asked) => asked.startsWith(url)), seen.requests);
  check(where, "is silent", seen.messages.length === 0, seen.messages);
  check(where, "opens no dialogs", seen.dialogs === 0);
  check(where, "has names for its controls", (await page.getByLabel("Key").count()) === 1);
}

async function ownJobs(page, where) {
  await page.getByLabel("Key").fill("mt_wrong");
  await page.getByRole("button", { name: "Show" }).click();
  await page.getByText("this key is not good").waitFor();
  await page.getByLabel("Key").fill(key);
  await page.getByRole("button", { name: "Show" }).click();
  const rows = page.locator("#jobs tbody tr");
  await rows.nth(4).waitFor();
  const text = await page.locator("#jobs").innerText();
  for (const state of ["COMPLETED", "FAILED", "RUNNING"]) check(where, `shows ${state}`, text.includes(state), text);
  check(where, "shows why a job failed, as text", text.includes(`it was told to fail: ${MARKUP}`), text);
  const bar = page.locator("progress[value]:not([max='1'])").first();
  await bar.waitFor();
  const before = Number(await bar.getAttribute("value"));
  await page.waitForFunction((old) => {
    const moved = document.querySelector("progress:not([max='1'])");
    return moved && moved.value > old;
  }, before);
  check(where, "a running job moves", true);
  await page.getByText("line ").first().waitFor();
  check(where, "log lines are text", (await page.locator("#jobs").innerText()).includes(MARKUP));
}

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
try {
  for (const [name, screen] of Object.entries(SCREENS)) {
    for (const javaScriptEnabled of [true, false]) {
      const where = `status, ${name}${javaScriptEnabled ? "" : ", without JavaScript"}`;
      const context = await browser.newContext({ ...screen, javaScriptEnabled });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const seen = watch(page);
      const answer = await page.goto(url);
      const policy = answer.headers()["content-security-policy"] ?? "";
      check(where, "has a strict policy", policy.startsWith("default-src 'none'") && !policy.includes("unsafe"), policy);
      if (javaScriptEnabled) {
        await page.waitForFunction(() => document.getElementById("fresh").textContent.startsWith("as of ")
          && !document.getElementById("fresh").textContent.includes("asked for"));
        await common(page, where, seen);
        await ownJobs(page, where);
        const own = seen.messages.filter((text) => !text.includes("401"));
        check(where, "is still silent", own.length === 0, own);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        check(where, "still fits the screen", width <= page.viewportSize().width, width);
        check(where, "kept no cookie", (await context.cookies()).length === 0);
        check(where, "markup still did nothing", (await page.title()) === "Microtome server");
      } else {
        const text = await page.locator("body").innerText();
        check(where, "tells where own jobs are", text.includes("GET /v1/jobs"), text);
        check(where, "tells the models", (await page.locator("#models tbody tr").count()) === 2);
        check(where, "shows markup as text", text.includes(MARKUP));
        const width = (await page.locator("html").boundingBox()).width;
        check(where, "fits the screen", width <= page.viewportSize().width, width);
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
}
failures.forEach((failure) => console.error(failure));
console.log(`status page: ${checks} checks, ${failures.length} failed`);
process.exit(failures.length === 0 ? 0 : 1);
