import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Outcome } from "@syncline/core/spi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allMetrics } from "./metrics/definitions.ts";
import { prometheusName } from "./metrics/prometheus-text.ts";
import { type PrometheusOptions, prometheus } from "./prometheus.ts";
import type { Dashboard } from "./testing/dashboard.ts";
import { eventually, openScene, type Scene } from "./testing/scene.ts";

const rejected: Outcome = {
  status: "failed",
  failure: { kind: "rejected", code: "http.422", message: "no", effect: "no" },
};
/** 7 is refused for good; everything else is taken. */
const scene = openScene(({ items }) =>
  items.some(({ key }) => String(key.id) === "7") ? rejected : { status: "accepted" },
);
const stops: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of stops) await stop();
});

async function served({ pipeline }: Scene, options?: PrometheusOptions) {
  const server = createServer(prometheus(pipeline, options)).listen(0, "127.0.0.1");
  stops.push(() => server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return { ask, scrape: async (headers = {}) => await (await ask("/metrics", headers)).text() };
}

/** A series' value, by its name and labels as they are printed. */
function seriesValue(text: string, series: string): number | undefined {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

let text = "";
let opened: Awaited<ReturnType<typeof served>>;
beforeAll(async () => {
  opened = await served(scene, { backlog: { refreshMs: 0 } });
  stops.push(() => scene.pipeline.stop({ timeoutMs: 0 }));
  await scene.pipeline.migrate();
  await scene.pipeline.start();
  await scene.write([1, 2, 7]);
  await scene.write([8], false);
  await scene.pipeline.drain();
  text = await opened.scrape();
});

describe("what Prometheus is told", () => {
  it("counts what was accepted, absent and dead, by strategy and kind, and how long it took", () => {
    const ended = "syncline_deliveries_ended_total";
    expect(seriesValue(text, `${ended}{syncline_strategy="crm-items",syncline_result="accepted"}`)).toBe(2);
    expect(seriesValue(text, `${ended}{syncline_strategy="crm-items",syncline_result="absent"}`)).toBe(1);
    expect(
      seriesValue(text, `${ended}{syncline_strategy="crm-items",syncline_result="dead",error_type="rejected"}`),
    ).toBe(1);
    expect(seriesValue(text, 'syncline_delivery_latency_seconds_count{syncline_strategy="crm-items"}')).toBe(2);
    const calls = 'syncline_call_duration_seconds_count{syncline_strategy="crm-items",syncline_downstream="crm"';
    expect(seriesValue(text, `${calls},syncline_result="accepted"}`)).toBe(2);
    expect(seriesValue(text, `${calls},syncline_result="failed",error_type="rejected"}`)).toBe(1);
    expect(seriesValue(text, "syncline_changes_dispatched_total")).toBe(4);
    expect(seriesValue(text, 'syncline_read_keys_total{syncline_strategy="crm-items",syncline_result="absent"}')).toBe(
      1,
    );
    expect(seriesValue(text, 'syncline_database_duration_seconds_count{syncline_operation="settle"}')).toBeGreaterThan(
      0,
    );
  });

  it("says what the database has: dead letters, ages, and one health series for each entity", () => {
    const deliveries = (state: string) =>
      seriesValue(text, `syncline_backlog_deliveries{syncline_strategy="crm-items",syncline_state="${state}"}`);
    expect([deliveries("dead"), deliveries("due")]).toEqual([1, 0]);
    expect(seriesValue(text, "syncline_backlog_readable")).toBe(1);
    const health = text.split("\n").filter((line) => line.startsWith("syncline_health{"));
    expect(health.sort()).toEqual([
      'syncline_health{syncline_entity_type="database"} 0',
      'syncline_health{syncline_entity_type="dispatch"} 0',
      'syncline_health{syncline_entity_type="downstream",syncline_entity_name="crm"} 0',
      'syncline_health{syncline_entity_type="strategy",syncline_entity_name="crm-items"} 0',
    ]);
  });

  it("has one health series for each strategy of status(), be it another process's, and for each downstream", async () => {
    const known = scene.database.store.deliveries;
    const [other] = known.values();
    if (other === undefined) throw new Error("There is no delivery.");
    // What no worker has, as the database knows it.
    known.set("other", { ...other, id: 900n, strategy: "gone-strategy" });
    const series = async () => {
      const lines = (await opened.scrape()).split("\n").filter((line) => line.startsWith("syncline_health{"));
      return lines.map((line) =>
        /entity_type="(\w+)"(?:,syncline_entity_name="([^"]+)")?\} (\d)$/.exec(line)?.slice(1),
      );
    };
    await eventually("the other strategy", async () => (await series()).some((each) => each?.[1] === "gone-strategy"));
    const { strategies } = await scene.pipeline.status();
    const named = (await series()).filter((each) => each?.[0] === "strategy").map((each) => each?.[1]);
    expect(named.sort()).toEqual(
      ["crm-items", ...new Set(strategies.map(({ strategy }) => strategy))]
        .filter((name, index, all) => all.indexOf(name) === index)
        .sort(),
    );
    expect((await series()).find((each) => each?.[1] === "gone-strategy")?.[2]).toBe("2");
    known.delete("other");
    await eventually("its end", async () => !(await series()).some((each) => each?.[1] === "gone-strategy"));
  });

  it("is paused where an operator said so, and an error where somebody must see to it", async () => {
    await scene.pipeline.pause("crm-items");
    const health = 'syncline_health{syncline_entity_type="strategy",syncline_entity_name="crm-items"}';
    await eventually("the pause", async () => seriesValue(await opened.scrape(), health) === 1);
    await scene.pipeline.resume("crm-items");
    await eventually("its end", async () => seriesValue(await opened.scrape(), health) === 0);

    const wrong: Outcome = {
      status: "failed",
      failure: { kind: "misconfigured", code: "http.404", message: "no", effect: "no" },
    };
    const broken = openScene(() => wrong);
    stops.push(() => broken.pipeline.stop({ timeoutMs: 0 }));
    const { scrape } = await served(broken);
    await broken.pipeline.migrate();
    await broken.pipeline.start();
    await broken.write([1, 2, 3]);
    await eventually("the circuit to open", async () => seriesValue(await scrape(), health) === 3);
    const now = await scrape();
    expect(now).toContain(
      'syncline_problem{syncline_entity_type="strategy",syncline_entity_name="crm-items",syncline_code="http.404"} 1',
    );
    expect(now).toMatch(/syncline_circuit_opened_total\{.*error_type="misconfigured"\} [1-9]/);
    expect(now).toMatch(/syncline_lane_circuit\{.*\} [12]/);
  });

  it("never names a key", () => {
    expect(text).not.toMatch(/"id"|\b7\b.*crm|item 7/);
    const labels = new Set([...text.matchAll(/([a-z_]+)="/g)].map(([, name]) => name));
    const known = new Set(allMetrics.flatMap(({ attributes }) => attributes.map((name) => name.replaceAll(".", "_"))));
    expect([...labels].filter((name) => !known.has(name ?? "") && name !== "le")).toEqual([]);
  });

  it("comes as OpenMetrics where that is asked for", async () => {
    const answer = await opened.ask("/metrics", { accept: "application/openmetrics-text; version=1.0.0" });
    expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
    const body = await answer.text();
    expect(body.endsWith("# EOF\n")).toBe(true);
    expect(body).toContain("# TYPE syncline_deliveries_ended counter\n");
    expect(body).toContain("syncline_changes_dispatched_total 4");
  });

  it("is nowhere else", async () => {
    expect((await opened.ask("/")).status).toBe(404);
    expect((await opened.ask("/metrics?x=1")).status).toBe(200);
  });

  it("counts what a shadow would have sent as no call, and no delivery", async () => {
    const shadows = openScene(() => ({ status: "accepted" }), {}, { mode: "shadow" });
    const { scrape } = await served(shadows);
    await shadows.pipeline.migrate();
    await shadows.pipeline.start();
    await shadows.write([1, 2]);
    await shadows.pipeline.drain();
    const after = await scrape();
    await shadows.pipeline.stop();
    const ended = 'syncline_deliveries_ended_total{syncline_strategy="crm-items",syncline_result=';
    expect(seriesValue(after, `${ended}"shadowed"}`)).toBe(2);
    expect(seriesValue(after, `${ended}"accepted"}`)).toBeUndefined();
    expect(after).not.toMatch(/^syncline_call_duration_seconds_count\{.*crm-items/m);
    expect(shadows.calls).toEqual([]);
  });

  it("says that the figures are missing rather than what they once were", async () => {
    const away = openScene(() => ({ status: "accepted" }));
    const { scrape } = await served(away, { backlog: { refreshMs: 0 } });
    await away.pipeline.migrate();
    await away.pipeline.start();
    expect(seriesValue(await scrape(), "syncline_backlog_readable")).toBe(1);
    await away.pipeline.stop();
    // The database is not asked at each scrape.
    let after = "";
    await eventually("a figure that cannot be read", async () => {
      after = await scrape();
      return seriesValue(after, "syncline_backlog_readable") === 0;
    });
    expect(seriesValue(after, "syncline_backlog_changes")).toBeUndefined();
    expect(seriesValue(after, "syncline_worker_ready")).toBe(0);
  });
});

const folder = join(import.meta.dirname, "..");
const alerts = readFileSync(join(folder, "alerts/syncline.yaml"), "utf8");
const dashboard = readFileSync(join(folder, "dashboards/syncline.json"), "utf8");

describe("the dashboard and the alerts", () => {
  const labels = new Set(allMetrics.flatMap(({ attributes }) => attributes.map((name) => name.replaceAll(".", "_"))));
  const named = (source: string) =>
    [...new Set([...source.matchAll(/\bsyncline_[a-z_]+/g)].map(([name]) => name))].filter((name) => !labels.has(name));

  it.each([
    ["dashboard", dashboard],
    ["alerts", alerts],
  ])("%s: each metric is in a real scrape", (_, source) => {
    const families = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const familyOf = (name: string) => (families.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ""));
    expect(named(source).length).toBeGreaterThan(8);
    expect(named(source).filter((name) => !families.has(familyOf(name)))).toEqual([]);
  });

  it("between them they use every metric but what only explains another", () => {
    const used = new Set(
      [...named(dashboard), ...named(alerts)].map((name) => name.replace(/_(bucket|sum|count)$/, "")),
    );
    const unused = allMetrics.map(prometheusName).filter((name) => !used.has(name));
    expect(unused).toEqual(["syncline_changes_unwanted_total", "syncline_backlog_figures_age_seconds"]);
  });

  it("each alert has its part of the runbook", () => {
    const operations = readFileSync(join(folder, "../../docs/operations.md"), "utf8");
    const headings = [...operations.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );
    const anchors = [...alerts.matchAll(/runbook: docs\/operations\.md#(\S+)/g)].map(([, anchor]) => anchor);
    expect(anchors.length).toBe([...alerts.matchAll(/- alert:/g)].length);
    expect(anchors.filter((anchor) => !headings.includes(anchor ?? ""))).toEqual([]);
  });

  it("each alert is tried by the rules' tests", () => {
    const tests = readFileSync(join(folder, "src/testing/alerts.yaml"), "utf8");
    const names = [...alerts.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
    expect([...tests.matchAll(/alertname="(\w+)"/g)].map(([, name]) => name).sort()).toEqual(names.sort());
  });

  it("each panel of the dashboard has a name, a place and queries by variables that there are", () => {
    const { panels, templating } = JSON.parse(dashboard) as Dashboard;
    const variables = [...templating.list.map(({ name }) => name), "__rate_interval"];
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const { title, gridPos, targets } of panels) {
      expect(title).not.toBe("");
      expect(targets.length).toBeGreaterThan(0);
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (const { expr } of targets)
        for (const [, name] of expr.matchAll(/\$(\w+)/g)) expect(variables, expr).toContain(name);
    }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it("Prometheus' own tool takes the rules and the scrape, where it is installed", async (test) => {
    const promtool = (...given: readonly string[]) =>
      execFileSync("promtool", given, { input: given[1] === "metrics" ? text : "", encoding: "utf8" });
    try {
      promtool("--version");
    } catch {
      test.skip("promtool is not installed");
    }
    expect(promtool("check", "rules", join(folder, "alerts/syncline.yaml"))).toContain("SUCCESS");
    expect(promtool("test", "rules", join(folder, "src/testing/alerts.yaml"))).toContain("SUCCESS");
    expect(promtool("check", "metrics")).toBe("");
  });
});

it("docs/telemetry.md has every metric, by both names, and no other", () => {
  const telemetry = readFileSync(join(folder, "../../docs/telemetry.md"), "utf8");
  const rows = [...telemetry.matchAll(/^\| `(syncline\.[a-z.]+)` \| `(syncline_[a-z_]+)` \|/gm)].map(
    ([, name, printed]) => [name, printed],
  );
  expect(rows).toEqual(allMetrics.map((metric) => [metric.name, prometheusName(metric)]));
});
