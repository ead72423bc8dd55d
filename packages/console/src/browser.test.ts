import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createConsole } from "./create-console.ts";
import { BrowserLike } from "./testing/browser-like.ts";
import { busyShop, hostile } from "./testing/busy-shop.ts";
import { findBrowser } from "./testing/find-browser.ts";
import { seenCalls } from "./testing/seen-calls.ts";

const executablePath = findBrowser();
const auth = {
  tokens: [
    { name: "ada", role: "operator", token: "planted-secret-operator" },
    { name: "bob", role: "reader", token: "planted-secret-reader" },
  ],
} as const;
const pictures =
  process.env.SYNCLINE_PICTURES === undefined ? undefined : new URL("../../../docs/console/", import.meta.url);
/** In the documents; with `SYNCLINE_PICTURES=all` there are those of every page in every form. */
const shown = [
  "strategies-wide-light",
  "strategies-narrow-dark",
  "strategy-wide-dark",
  "dead-letters-wide-dark",
  "letters-narrow-light",
  "requeue-wide-light",
  "key-wide-light",
  "health-wide-dark",
  "calls-wide-light",
  "shadow-wide-dark",
];
const wide = { width: 1280, height: 900 };
const narrow = { width: 360, height: 740 };
const pointMs = 30_000;

describe.skipIf(executablePath === undefined)("in a browser", () => {
  // Half an hour has passed, so that there are sparklines; pictures are the same each time.
  vi.useFakeTimers({ toFake: ["Date", "performance"], now: Date.UTC(2026, 4, 4, 14, 0) });
  const shop = busyShop(Date.now);
  const pipelines = { "shop-eu": shop.pipeline, "shop-us": shop.pipeline };
  const console = createConsole({ pipelines, auth, calls: { "shop-us": seenCalls(Date.now) } });
  let browser: Browser;
  let url = "";
  const wrong: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    ({ url } = await console.listen({ port: 0 }));
    const looking = new BrowserLike(url);
    await looking.login("planted-secret-reader");
    for (let point = 0; point < 60; point += 1) {
      vi.advanceTimersByTime(pointMs);
      shop.deliver();
      await looking.get("pipelines/shop-eu/overview");
    }
    shop.emit("circuitOpened", { strategy: shop.names[0], failure: { code: "net.refused", message: hostile.long } });
    if (pictures !== undefined) await mkdir(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await console.close();
    vi.useRealTimers();
  });
  beforeEach(() => {
    wrong.length = 0;
    shop.done.length = 0;
  });

  /** Logged in, with everything that goes wrong in it noticed. */
  async function open(options: BrowserContextOptions = {}, token = "planted-secret-operator"): Promise<Page> {
    const context = await browser.newContext({ viewport: wide, reducedMotion: "reduce", locale: "en-GB", ...options });
    const page = await context.newPage();
    await page.clock.setFixedTime(Date.now());
    page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("401")) wrong.push(`console: ${message.text()}`);
    });
    page.on("dialog", (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) wrong.push(`asked elsewhere: ${request.url()}`);
    });
    await page.goto(`${url}#token=${token}`);
    await page.getByRole("heading", { name: "Strategies" }).waitFor();
    await page.getByRole("row").nth(3).waitFor();
    return page;
  }

  async function goTo(page: Page, place: string, heading: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await page.getByRole("heading", { name: heading, exact: true }).first().waitFor();
    await page.waitForLoadState("networkidle");
  }

  async function picture(page: Page, name: string): Promise<void> {
    const isShown = process.env.SYNCLINE_PICTURES === "all" || shown.includes(name);
    if (pictures !== undefined && isShown)
      await page.screenshot({ path: fileURLToPath(new URL(`${name}.png`, pictures)) });
  }

  const [first = "", second = ""] = shop.names;
  const places = [
    { name: "strategies", place: "#/shop-eu/strategies", heading: "Strategies" },
    { name: "strategy", place: `#/shop-eu/strategy/${shop.names[1]}`, heading: second },
    { name: "shadow", place: `#/shop-eu/strategy/${shop.names[5]}`, heading: "A shadow: nothing of it is sent" },
    { name: "dead-letters", place: "#/shop-eu/dead", heading: "Dead letters" },
    { name: "letters", place: `#/shop-eu/dead?strategy=${second}&code=http.422`, heading: "One by one" },
    { name: "key", place: `#/shop-eu/key?category=customer&key=${encodeURIComponent(hostile.key)}`, heading: second },
    { name: "health", place: "#/shop-eu/news", heading: "What happened last" },
    { name: "audit", place: "#/shop-eu/audit", heading: "Audit" },
    { name: "calls", place: "#/shop-us/calls", heading: "Calls" },
  ];

  it.each([
    { as: "wide-light", viewport: wide, colorScheme: "light" },
    { as: "wide-dark", viewport: wide, colorScheme: "dark" },
    { as: "narrow-light", viewport: narrow, colorScheme: "light" },
    { as: "narrow-dark", viewport: narrow, colorScheme: "dark" },
  ] as const)("$as: every page fits, can be read and used by all, and nothing goes wrong", async ({ as, ...how }) => {
    const page = await open(how);
    const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    for (const { name, place, heading } of places) {
      await goTo(page, place, heading);
      if (name === "shadow") await page.getByRole("button", { name: "Compare with what is live" }).click();
      if (name === "shadow") await page.getByText("different").waitFor();
      if (name === "key") await page.getByRole("button", { name: "Preview" }).first().click();
      if (name === "key") await page.getByText("Nothing was sent.").waitFor();
      if (name === "calls") await page.getByText("customers/4711").click();
      if (name === "calls") await page.getByText("idempotency-key").waitFor();
      await picture(page, `${name}-${as}`);
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect(overflow, `${name} is wider than the window`).toBeLessThanOrEqual(0);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { axe: checker } = globalThis as never as { axe: { run(): Promise<{ violations: Violation[] }> } };
        const { violations } = await checker.run();
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
      });
      expect(violations, name).toEqual([]);
    }
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  interface Violation {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }

  it("keys, codes and messages that would be markup are text", async () => {
    const page = await open();
    await goTo(page, "#/shop-eu/dead", "Dead letters");
    await page.getByText(hostile.code, { exact: true }).waitFor();
    expect(await page.getByText(hostile.message).first().isVisible()).toBe(true);
    await goTo(page, `#/shop-eu/dead?strategy=${second}&code=http.422`, "One by one");
    // What would turn the line round is spelled out.
    await page.getByText('<img src=x onerror=alert(1)>\\u{202e}"}').waitFor();
    await goTo(page, places.find(({ name }) => name === "key")?.place ?? "", second);
    expect(await page.locator("img, svg[onload], script:not([src])").count()).toBe(0);
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("a cause is requeued by the keyboard alone, and only with a reason", async () => {
    const page = await open();
    await goTo(page, "#/shop-eu/dead", "Dead letters");
    await page.getByRole("button", { name: `Requeue all http.422 of ${second}` }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await picture(page, "requeue-wide-light");
    await page.keyboard.press("Escape");
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.keyboard.press("Enter");
    expect(await page.getByRole("dialog").getByRole("button", { name: "Requeue" }).isDisabled()).toBe(true);
    await page.keyboard.type("The field is optional again.");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("9,120 dead letters due again, with fresh attempts.").waitFor();
    const cause = { strategy: second, kind: "rejected", code: "http.422" };
    expect(shop.done).toEqual([["requeue", cause, { actor: "ada", reason: "The field is optional again." }]]);
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("a shadow is made live once somebody has said what becomes of the other one, and why", async () => {
    const page = await open();
    await goTo(page, `#/shop-eu/strategy/${shop.names[5]}`, shop.names[5] ?? "");
    await page.getByRole("button", { name: "Make live" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox").fill("a week without a difference");
    expect(await dialog.getByRole("button", { name: "Make live" }).isDisabled()).toBe(true);
    await dialog.getByRole("radio", { name: `Remove ${first}` }).check();
    await dialog.getByRole("button", { name: "Make live" }).click();
    await page.getByText("It is live.").waitFor();
    const by = { actor: "ada", reason: "a week without a difference" };
    expect(shop.done).toEqual([["make-live", shop.names[5], { others: "replace" }, by]]);
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("of 500 strategies, the one that is looked for is found as one types", async () => {
    const page = await open();
    await page.getByRole("searchbox").fill("ledger 499");
    await page.getByRole("link", { name: /^ledger-\w+-499$/ }).waitFor();
    await page.getByRole("row").nth(2).waitFor({ state: "detached" });
    await page.getByRole("searchbox").fill("");
    await page.getByText("1–50 of 500").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("51–100 of 500").waitFor();
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("a reader is offered nothing that changes, nor rows", async () => {
    const page = await open({}, "planted-secret-reader");
    expect(await page.getByRole("link", { name: "Calls" }).count()).toBe(0);
    for (const { name, place, heading } of places.filter((each) => each.name !== "calls")) {
      await goTo(page, place, name === "shadow" ? (shop.names[5] ?? "") : heading);
      const offered = page.getByRole("button", { name: /Requeue|Discard|Pause|Backfill|Preview|Compare|Make live/ });
      expect(await offered.count()).toBe(0);
    }
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it("the login takes a token that is typed, says when it is wrong, and the address keeps none", async () => {
    const context = await browser.newContext({ viewport: narrow });
    const page = await context.newPage();
    await page.goto(`${url}#token=this-one-opens-nothing`);
    await page.getByLabel("Token").fill("neither does this one");
    await picture(page, "login-narrow-light");
    await page.keyboard.press("Enter");
    await page.getByText("This token opens nothing.").waitFor();
    await page.getByLabel("Token").fill(auth.tokens[0].token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Strategies" }).waitFor();
    expect(page.url()).not.toContain("token");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    await context.close();
  });

  it("a session that ended while somebody looks leads to the login", async () => {
    const page = await open();
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Health" }).click();
    await page.getByLabel("Token").waitFor();
    await page.context().close();
    expect(first).not.toBe("");
  });
});
