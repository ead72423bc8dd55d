import {
  type CategoryDefinition,
  createDictionary,
  type RowMapper,
  resolveStrategy,
  type Strategy,
  type StrategyOptions,
} from "@syncline/core/spi";

/** What a test says of its strategy, as code would; `undefined` is the option's default. */
export type StrategyOverrides = { readonly [Option in keyof Written]?: Written[Option] | undefined };

interface Written extends StrategyOptions {
  readonly name: string;
  readonly category: CategoryDefinition;
  readonly query: string;
  readonly map: RowMapper;
}

const usual = {
  name: "orders",
  category: { name: "order", fields: { orderId: "bigint" } },
  query: "SELECT id, total FROM orders WHERE id = :orderId",
  downstream: "crm",
  path: "/orders",
  whenAbsent: "skip",
} as const satisfies StrategyOverrides;

/**
 * A strategy as the engine, composers and transports see it: checked, every default filled in. It is
 * resolved as a pipeline resolves it, so an option that Syncline gains later is there with its
 * default. Throws what a pipeline says of a strategy that it refuses.
 */
export function testStrategy(overrides: StrategyOverrides = {}): Strategy {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const definition: StrategyOverrides = { ...usual, ...Object.fromEntries(given) };
  const { category = usual.category, name = usual.name } = definition;
  const resolved = resolveStrategy(definition, createDictionary([category]), name);
  if (resolved.ok) return resolved.strategy;
  const problems = resolved.problems.map(({ at, message }) => `${at}: ${message}`);
  throw new TypeError(`testStrategy: ${problems.join(" ")}`);
}
