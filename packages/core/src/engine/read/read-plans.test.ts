import { testStrategy } from "@syncline/testkit/makers";
import { describe, expect, it } from "vitest";
import { createQueryComposer } from "../../compose/query-composer.ts";
import type { ComposeForm } from "../../contracts/query-composer.ts";
import type { QueryRunner, Statement, TemplateDescription, TemplateProbe } from "../../contracts/query-runner.ts";
import type { SqlDialect } from "../../contracts/sql-dialect.ts";
import { category } from "../../model/category.ts";
import { isSynclineError, SynclineError } from "../../model/errors.ts";
import type { Strategy, StrategyOptions } from "../../model/strategy.ts";
import { ReadPlans } from "./read-plans.ts";

const thing = category("thing", { id: "integer" });
const never = new AbortController().signal;
const minutes = 60_000;

const dialect: SqlDialect = {
  name: "test",
  lexical: {
    identifierQuotes: [],
    dollarQuotes: false,
    alternativeQuotes: false,
    nestedComments: false,
    doubleColonCast: false,
    nativeParameter: "?",
  },
  quoteIdentifier: (name) => name,
  parameter: (position, type, sqlType) => `<${position} ${sqlType ?? type}>`,
  nativeParameter: (position) => `$${position}`,
  bind: (value) => value,
  keyColumn: ({ column, type, sqlType }) => `k.${column} ${sqlType ?? type}`,
  attest: (template) => `each by parameters: ${template}`,
  attestOne: (template) => `each by columns: ${template}`,
  joinLateral: (template, _, form) => `${form}: ${template}`,
  bindKeys: (_, conditions) => conditions,
};

function strategyOf(more: Partial<StrategyOptions> = {}): Strategy {
  return testStrategy({ category: thing, query: "SELECT 1 WHERE id = :id", ...more });
}

const char: TemplateDescription = { types: ["char(9)"], equality: {}, problems: [] };

interface Setting {
  /** By the words that the statement begins with. */
  readonly costs?: { readonly [words: string]: number | undefined };
  readonly describe?: () => TemplateDescription;
  readonly dialect?: SqlDialect;
}

/** A database that says what it is told to, and remembers what it was asked. */
function plansOn({ costs, describe: answer, dialect: spelling = dialect }: Setting) {
  const probes: TemplateProbe[] = [];
  const compared: (readonly Statement[])[] = [];
  const clock = { ms: 0 };
  const queryRunner: QueryRunner = {
    run: async () => [],
    ...(answer && {
      describe: async (probe: TemplateProbe) => {
        probes.push(probe);
        return answer();
      },
    }),
    ...(costs && {
      estimate: async (statements: readonly Statement[]) => {
        compared.push(statements);
        return statements.map(({ text }) => costs[text.split(":")[0] ?? ""]);
      },
    }),
  };
  const parts = { composer: createQueryComposer(spelling), runnerOf: () => queryRunner, now: () => clock.ms };
  return { plans: new ReadPlans(parts), probes, compared, clock };
}

const keys = (count: number) => Array.from({ length: count }, (_, id) => ({ id }));
const all = { joined: 100, fenced: 1_000, "each by columns": 100, "each by parameters": 100 };

describe("what the database says of a template", () => {
  it("is asked with native parameters, once for each strategy object, and goes into every form", async () => {
    const { plans, probes } = plansOn({ costs: all, describe: () => char });
    const strategy = strategyOf();
    const shapes = await plans.shapes(strategy, keys(9), never);
    await plans.shapes(strategy, keys(900), never);
    expect(await plans.describe(strategy, never)).toBe(char);
    expect(probes).toMatchObject([{ text: "SELECT 1 WHERE id = $1", occurrences: [{ name: "id", type: "integer" }] }]);
    expect(shapes.map(({ description }) => description)).toEqual([char, char, char]);
    await plans.describe(strategyOf(), never);
    expect(probes).toHaveLength(2);
  });

  it("is asked once, too, by many at the same time", async () => {
    const { plans, probes } = plansOn({ describe: () => char });
    const strategy = strategyOf();
    await Promise.all([1, 2, 3].map((count) => plans.shapes(strategy, keys(count), never)));
    expect(probes).toHaveLength(1);
  });

  it("is asked again after a minute, since columns get other types; the same answer is the same object", async () => {
    const answers = [char, { ...char }, { ...char, types: ["citext"] }];
    const { plans, probes, compared, clock } = plansOn({ costs: all, describe: () => answers.shift() ?? char });
    const strategy = strategyOf();
    const read = async (ms: number) => {
      clock.ms = ms;
      return (await plans.shapes(strategy, keys(9), never))[0]?.description;
    };
    expect(await read(0)).toBe(char);
    expect(await read(59_999)).toBe(char);
    expect(probes).toHaveLength(1);
    expect(await read(60_000)).toBe(char);
    expect([probes.length, compared.length]).toEqual([2, 1]);
    // With other types, another form may be the best.
    expect((await read(120_000))?.types).toEqual(["citext"]);
    expect([probes.length, compared.length]).toEqual([3, 2]);
  });

  it("is asked again at once after a failed read, which tells whether it is another", async () => {
    const answers = [char, { ...char }, { ...char, types: ["citext"] }];
    const { plans } = plansOn({ describe: () => answers.shift() ?? char });
    const strategy = strategyOf();
    await plans.describe(strategy, never);
    expect(await plans.hasChanged(strategy, never)).toBe(false);
    expect(await plans.hasChanged(strategy, never)).toBe(true);
    expect(await plansOn({}).plans.hasChanged(strategy, never)).toBe(false);
  });

  it("is asked again after it could not be had", async () => {
    let away = true;
    const { plans, probes } = plansOn({
      describe: () => {
        if (away) throw new SynclineError("database.unavailable", "It is away.");
        return char;
      },
    });
    const strategy = strategyOf();
    await expect(plans.shapes(strategy, keys(1), never)).rejects.toThrow("It is away.");
    await expect(plans.describe(strategy, never)).rejects.toThrow("It is away.");
    away = false;
    expect(await plans.shapes(strategy, keys(1), never)).toMatchObject([{ description: char }]);
    expect(probes).toHaveLength(3);
  });

  it("refuses every read, with what is wrong, if the template can have no such key", async () => {
    const problems = [{ at: "query", message: "A real is no key." }];
    const { plans } = plansOn({ costs: all, describe: () => ({ ...char, problems }) });
    const error = await plans.shapes(strategyOf(), keys(1), never).catch((thrown: unknown) => thrown);
    expect(isSynclineError(error) && [error.code, error.problems]).toEqual(["query.invalid", problems]);
  });

  it("is not asked of an adapter that cannot say, or whose dialect has no native parameters", async () => {
    const { nativeParameter: _, ...without } = dialect;
    const { plans, probes } = plansOn({ costs: all, describe: () => char, dialect: without });
    expect(await plans.describe(strategyOf(), never)).toBeUndefined();
    expect(probes).toEqual([]);
    expect(await plansOn({}).plans.shapes(strategyOf(), keys(1), never)).toEqual([{ form: "joined", keys: "columns" }]);
  });
});

const formsOf = (shapes: readonly { readonly form?: ComposeForm }[]) => shapes.map(({ form }) => form);

describe("forms", () => {
  it("are compared by the database's estimate, for the keys at hand but a hundred at most", async () => {
    const { plans, compared } = plansOn({ costs: { ...all, joined: 90_000 } });
    expect(formsOf(await plans.shapes(strategyOf(), keys(500), never))).toEqual(["fenced", "each", "joined"]);
    const [statements = []] = compared;
    expect(statements.map(({ text, parameters }) => [text.split(":")[0], parameters.length])).toEqual([
      ["joined", 100],
      ["fenced", 100],
      ["each by columns", 1],
      ["each by parameters", 1],
    ]);
  });

  it("are compared once for about as many keys, and anew for eight times as many", async () => {
    const { plans, compared } = plansOn({ costs: all });
    const strategy = strategyOf();
    for (const count of [1, 1, 2, 7, 3, 8, 63, 64, 500]) await plans.shapes(strategy, keys(count), never);
    expect(compared.map(([joined]) => joined?.parameters.length)).toEqual([1, 2, 8, 64]);
  });

  it("are compared anew after ten minutes, and what was slow is still known then", async () => {
    const { plans, compared, clock } = plansOn({ costs: all });
    const strategy = strategyOf();
    await plans.shapes(strategy, keys(10), never);
    clock.ms = 9 * minutes;
    plans.read(strategy, "joined", 10, 5_000);
    plans.read(strategy, "fenced", 10, 20);
    clock.ms = 10 * minutes;
    expect(formsOf(await plans.shapes(strategy, keys(10), never)).at(-1)).toBe("joined");
    expect(compared).toHaveLength(1);
    clock.ms = 11 * minutes;
    expect(formsOf(await plans.shapes(strategy, keys(10), never)).at(-1)).toBe("joined");
    expect(compared).toHaveLength(2);
  });

  it("that the strategy pins are the only ones, with or without an estimate", async () => {
    for (const compose of ["joined", "fenced", "each"] as const) {
      const strategy = strategyOf({ compose });
      expect(formsOf(await plansOn({ costs: all }).plans.shapes(strategy, keys(9), never))).toEqual([compose]);
      expect(formsOf(await plansOn({}).plans.shapes(strategy, keys(9), never))).toEqual([compose]);
    }
  });

  it("that failed where another read come last, for ten minutes", async () => {
    const { plans, clock } = plansOn({ costs: all });
    const strategy = strategyOf();
    expect(formsOf(await plans.shapes(strategy, keys(9), never))).toEqual(["joined", "fenced", "each"]);
    plans.avoid(strategy, "joined");
    for (const count of [9, 1, 400]) {
      expect(formsOf(await plans.shapes(strategy, keys(count), never)).at(-1)).toBe("joined");
    }
    clock.ms = 11 * minutes;
    expect(formsOf(await plans.shapes(strategy, keys(9), never))[0]).toBe("joined");
  });

  it("of one key have it as a parameter where the database takes it as a column in none", async () => {
    const { plans } = plansOn({ costs: { ...all, "each by columns": undefined }, describe: () => char });
    const shapes = await plans.shapes(strategyOf(), keys(9), never);
    expect(shapes.map(({ form, keys: as }) => [form, as])).toContainEqual(["each", "parameters"]);
    const { plans: both } = plansOn({ costs: all });
    expect((await both.shapes(strategyOf(), keys(9), never)).map(({ keys: as }) => as)).not.toContain("parameters");
  });
});

it("a statement is accepted if the database can plan it, and nobody knows where it cannot be asked", async () => {
  const ask = ({ plans }: ReturnType<typeof plansOn>, form: ComposeForm) =>
    plans.isAccepted(strategyOf(), keys(9), { form }, never);
  expect(await ask(plansOn({ costs: { joined: 1 } }), "joined")).toBe(true);
  expect(await ask(plansOn({ costs: { joined: 1 } }), "fenced")).toBe(false);
  expect(await ask(plansOn({}), "joined")).toBeUndefined();
});
