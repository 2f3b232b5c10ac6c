// The page in a real browser: what it shows, what it refuses to run, and whether everybody can use it.
//
//   node tests/browser/check.mjs KHABAR CHROMIUM MODULES SHOTS
//
// KHABAR is the binary, MODULES a folder with node_modules of playwright-core and axe-core, SHOTS the folder for
// pictures. Prints a line for each check; the exit status is 1 where one fails.

import { spawn } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const [khabar, executablePath, modules, shots] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "package.json"));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const BUS = {
  en: ["Tashkent buys 120 electric buses from Yutong", "The city of Tashkent will buy 120 electric buses from the Chinese maker Yutong, mayor Shavkat Umurzakov said on Monday. The first 40 buses will arrive in March 2027 and the contract is worth 38 million dollars."],
  ru: ["Ташкент закупит 120 электробусов Yutong", "Город Ташкент закупит 120 электробусов китайской компании Yutong, сообщил в понедельник хоким Шавкат Умурзаков. Первые 40 автобусов прибудут в марте 2027 года, стоимость контракта составляет 38 миллионов долларов."],
  fa: ["تاشکند ۱۲۰ اتوبوس برقی از یوتونگ می‌خرد", "شهر تاشکند ۱۲۰ اتوبوس برقی از شرکت چینی یوتونگ خریداری می‌کند. شوکت عمرزاقوف، شهردار، روز دوشنبه گفت که ۴۰ اتوبوس نخست در مارس ۲۰۲۷ می‌رسد و ارزش قرارداد ۳۸ میلیون دالر است."],
};
const FEEDS = {
  oxus: BUS.en,
  vestnik: BUS.ru,
  hasht: BUS.fa,
  copy: [BUS.en[0], `${BUS.en[1]} Fares stay as they are.`],
  kabul: ["کابل: بازار کهنه پس از باران باز شد", "مقام‌های شهرداری کابل گفتند که بازار کهنه شهر پس از سه روز باران سنگین دوباره باز شد و دکانداران به کار خود برگشتند."],
  hostile: ["&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;&amp;lt;img src=x onerror=alert(2)&amp;gt; \u202edesrever in Bishkek", "A text about Bishkek: &amp;lt;img src=x onerror=alert(3)&amp;gt; that goes on about the market of the old city and its traders."],
};

let failed = 0;
const check = (name, ok, detail = "") => {
  console.log(`${ok ? "ok   " : "FAIL "} ${name}${ok ? "" : `: ${detail}`}`);
  if (!ok) failed += 1;
};
const until = async (what, test) => {
  for (let end = Date.now() + 60_000; Date.now() < end; ) {
    if (await test().catch(() => false)) return;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error(`waited in vain for ${what}`);
};
const listening = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));

const dir = mkdtempSync(join(tmpdir(), "khabar-browser-"));
const outlets = createServer((request, response) => {
  const [title, text] = FEEDS[request.url.slice(1)];
  response.setHeader("Content-Type", "application/rss+xml");
  response.end(`<rss version="2.0"><channel><title>T</title><item><guid>1</guid><link>http://x.example${request.url}</link><title>${title}</title><description>${text}</description></item></channel></rss>`);
});
const port = await listening(outlets);
const taken = createSocket();
const own = await listening(taken);
await new Promise((done) => taken.close(done));
const blocks = Object.keys(FEEDS).map((id) => {
  const name = id === "hostile" ? "<b onclick=alert(4)>Sons</b>" : id;
  return `[[feed]]\nid = "${id}"\nname = "${name}"\nurl = "http://127.0.0.1:${port}/${id}"\n`;
});
writeFileSync(join(dir, "khabar.toml"), `[http]\nlisten = "127.0.0.1:${own}"\n[output]\nseal_after = "500ms"\n[poll]\ninterval = "1s"\nmin_interval = "1s"\nmax_interval = "2s"\n[region]\nkeep = "all"\n[fetch]\nspacing = "0s"\nallow_private = ["127.0.0.0/8"]\n${blocks.join("")}`);
const daemon = spawn(khabar, ["run", "-q", "-c", join(dir, "khabar.toml")], { stdio: "inherit" });
const base = `http://127.0.0.1:${own}`;
const api = async (path) => (await fetch(base + path)).json();
mkdirSync(shots, { recursive: true });
let browser;
try {
  await until("all articles", async () => {
    const { stories } = await api("/api/v1/stories");
    return stories.reduce((sum, story) => sum + story.article_count, 0) === Object.keys(FEEDS).length;
  });
  const { stories } = await api("/api/v1/stories?order=size");
  const full = await api(`/api/v1/stories/${stories[0].id}`);
  const later = full.tellings.find((telling) => telling.of);
  const hostile = (await api("/api/v1/stories")).stories.find((story) => story.outlets.some((outlet) => outlet.includes("Sons")));
  const views = {
    now: "/",
    story: `/story/${stories[0].id}`,
    compare: `/compare?a=${later.of}&b=${later.article}`,
    search: "/search?q=%D0%A2%D0%B0%D1%88%D0%BA%D0%B5%D0%BD%D1%82",
    hostile: `/story/${hostile.id}`,
    feeds: "/feeds",
    about: "/about",
    nothing: "/no-such-page",
  };

  browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  const looks = {
    light: { colorScheme: "light" },
    dark: { colorScheme: "dark" },
    phone: { colorScheme: "light", viewport: { width: 360, height: 740 } },
    bare: { colorScheme: "light", javaScriptEnabled: false },
  };
  for (const [look, options] of Object.entries(looks)) {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const trouble = [];
    page.on("dialog", (dialog) => {
      trouble.push(`dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("404")) trouble.push(message.text());
    });
    for (const [view, path] of Object.entries(views)) {
      await page.goto(base + path);
      await page.screenshot({ path: join(shots, `${view}-${look}.png`), fullPage: true });
      if (look === "bare") continue;
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      check(`${view}, ${look}: nothing stands out of the page`, wide <= 0, `${wide} px`);
      // The policy of the page forbids scripts from elsewhere; the debugger's own are none of its business.
      await page.evaluate(require("node:fs").readFileSync(axe, "utf8"));
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      check(`${view}, ${look}: no serious finding of axe`, grave.length === 0, grave.map(({ id, nodes }) => `${id} at ${nodes[0].html}`).join("; "));
    }
    check(`${look}: nothing ran and nothing broke`, trouble.length === 0, trouble.join("; "));
    await context.close();
  }

  const page = await browser.newPage();
  await page.goto(base + views.story);
  const directions = await page.$$eval(".telling h2", (titles) =>
    titles.map((title) => [title.lang, title.matches(":dir(rtl)"), getComputedStyle(title).unicodeBidi]));
  const persian = directions.filter(([lang]) => lang === "fa" || lang === "prs");
  check("a Persian title runs from right to left", persian.length > 0 && persian.every(([, isRtl]) => isRtl), JSON.stringify(directions));
  check("an English title beside it does not", directions.some(([lang, isRtl]) => lang === "en" && !isRtl), JSON.stringify(directions));
  check("titles do not turn their surroundings", directions.every(([, , bidi]) => bidi === "isolate"), JSON.stringify(directions));

  await page.goto(base + views.now);
  await page.keyboard.press("j");
  check("j goes to the first story", await page.evaluate(() => document.activeElement.matches("h2 a")));
  await page.keyboard.press("/");
  await page.keyboard.type("Ташкент");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/search?q=*");
  check("the keyboard searches", (await page.textContent("main")).includes("Tashkent buys"));

  const weight = { bytes: 0 };
  page.on("response", async (response) => {
    weight.bytes += (await response.body().catch(() => "")).length;
  });
  await page.goto(base + views.now, { waitUntil: "networkidle" });
  check("the front view weighs at most 100 KB", weight.bytes <= 100_000, `${weight.bytes} bytes`);
} finally {
  await browser?.close();
  daemon.kill("SIGTERM");
  outlets.close();
  await new Promise((done) => daemon.once("exit", done));
  rmSync(dir, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
