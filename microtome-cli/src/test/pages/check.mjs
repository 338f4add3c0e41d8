// Opens drawings in a headless browser and looks at them as a reader would: they render, details
// appear on hover and on focus, tabs and heads can be chosen, nothing is fetched, no script runs
// whatever the tokens say, and a phone shows them without scrolling sideways.
// Usage: node check.mjs BROWSER FILE...   (a file whose name has "hostile" holds markup as text)
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const { chromium } = createRequire(process.cwd() + "/")("playwright-core");
const [browserPath, ...files] = process.argv.slice(2);

const SCREENS = {
  "wide, light": { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  "wide, dark": { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
};
const HOSTILE = "<img src=x onerror=1>";

let checks = 0;
const failures = [];

function check(where, what, held, got = "") {
  checks++;
  if (!held) failures.push(`${where}: ${what}${got === "" ? "" : ` (got ${JSON.stringify(got)})`}`);
}

// Everything a page says or asks for while it is open.
function watch(page) {
  const seen = { requests: [], messages: [], dialogs: 0 };
  page.on("request", (request) => seen.requests.push(request.url()));
  page.on("console", (message) => seen.messages.push(message.text()));
  page.on("pageerror", (error) => seen.messages.push(String(error)));
  page.on("dialog", (dialog) => (seen.dialogs++, dialog.dismiss()));
  return seen;
}

// The details of a cell or a row, which is what the pointer is on.
async function detailsAppear(page, where, name, owner, action) {
  const more = owner.locator(".more").first();
  check(where, `${name}: details hidden before`, !(await more.isVisible()));
  await action(owner);
  check(where, `${name}: details shown`, await more.isVisible());
  const box = await more.boundingBox();
  const { width, height } = page.viewportSize();
  const inside = box && box.x >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1;
  check(where, `${name}: details within the screen`, inside, box);
  const text = await more.innerText();
  check(where, `${name}: details say something`, text.trim().split("\n").length >= 2, text);
  return more;
}

async function rest(page) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur());
}

async function cells(page, where, file) {
  const owners = page.locator("td[tabindex]:visible, tr:has(> th[tabindex]):visible");
  const count = await owners.count();
  check(where, "has cells with details", count > 0, count);
  if (count === 0) return;
  for (const index of [0, count - 1]) {
    const owner = owners.nth(index);
    await rest(page);
    const more = await detailsAppear(page, where, `cell ${index}`, owner, (cell) => cell.hover());
    if (file.startsWith("lens")) {
      check(where, "five guesses on hover", (await more.locator("li").count()) === 5);
    }
  }
  await rest(page);
  const first = owners.first();
  const focus = (owner) =>
    owner.evaluate((e) => (e.matches("[tabindex]") ? e : e.querySelector("[tabindex]")).focus());
  await detailsAppear(page, where, "by keyboard", first, focus);
  await rest(page);
}

async function tabs(page, where) {
  const labels = page.locator(".tabs > label");
  for (let i = 0; i < (await labels.count()); i++) {
    await labels.nth(i).click();
    const sections = page.locator(".tabs > section");
    for (let k = 0; k < (await sections.count()); k++) {
      check(where, `tab ${i} shows part ${i} alone`, (await sections.nth(k).isVisible()) === (k === i), k);
    }
    await cells(page, `${where}, tab ${i}`, "");
  }
}

async function heads(page, where) {
  const links = page.locator(".thumbs a");
  const count = await links.count();
  if (count === 0) return;
  check(where, "one head is large at first", (await page.locator("section.head:visible").count()) === 1);
  for (const index of [0, count - 1]) {
    await links.nth(index).click();
    const id = (await links.nth(index).getAttribute("href")).slice(1);
    check(where, `${id} is large`, await page.locator(`section.head#${id}`).isVisible());
    check(where, `${id} alone`, (await page.locator("section.head:visible").count()) === 1);
  }
}

async function look(browser, file, screen) {
  const name = basename(file);
  const where = `${name}, ${screen}`;
  const context = await browser.newContext(SCREENS[screen]);
  const page = await context.newPage();
  const seen = watch(page);
  const url = pathToFileURL(file).href;
  await page.goto(url);
  const root = await page.evaluate(() => document.documentElement.tagName.toLowerCase());
  check(where, "parsed", root === (name.endsWith(".svg") ? "svg" : "html"), root);
  const title = await page.title();
  if (root === "html") {
    check(where, "has a heading", (await page.locator("h1").innerText()).length > 3);
    check(where, "says the model's name", (await page.locator("footer").innerText()).includes("Model "));
    check(where, "has a legend", await page.locator(".scale").first().isVisible());
    await tabs(page, where);
    await heads(page, where);
    await cells(page, where, name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    check(where, "no sideways scrolling", wide <= 0, wide);
  }
  const markup = await page.evaluate(
    () => document.querySelectorAll("script, img, iframe, object, [onerror], [onclick], [src]").length);
  check(where, "no scripts, images or handlers", markup === 0, markup);
  if (name.includes("hostile")) {
    const text = await page.evaluate(() => document.documentElement.textContent);
    check(where, "hostile text is text", text.includes(HOSTILE));
  }
  check(where, "title untouched", (await page.title()) === title && title !== "ran", title);
  check(where, "no dialog", seen.dialogs === 0, seen.dialogs);
  check(where, "console silent", seen.messages.length === 0, seen.messages);
  const others = seen.requests.filter((request) => request.split("#")[0] !== url);
  check(where, "nothing else fetched", others.length === 0, others);
  await context.close();
}

const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
for (const file of files) {
  for (const screen of Object.keys(SCREENS)) await look(browser, file, screen);
}
const version = browser.version();
await browser.close();
failures.forEach((failure) => console.error(`FAILED ${failure}`));
console.log(
  `pages: ${files.length} drawings on ${Object.keys(SCREENS).length} screens, ` +
    `${checks} checks, ${failures.length} failed (Chromium ${version})`);
process.exit(failures.length === 0 && checks > 0 ? 0 : 1);
