import type { Category } from "./category.ts";
import type { CategoryDefinition, CategoryFields } from "./category-definition.ts";
import type { RowMapper, StrategyOptions } from "./strategy.ts";
import type { CheckedTemplate } from "./template-types.ts";

/** A strategy written in code: its category is the object, and it may reshape what is sent. */
export interface StrategyInCode extends StrategyOptions {
  readonly name: string;
  readonly category: CategoryDefinition;
  readonly query: string;
  readonly map?: RowMapper;
}

/**
 * A strategy in code. The category decides which named parameters the query may use: an unknown one in a literal query is
 * a compile error that names it. Everything is checked again when the pipeline starts.
 */
export function strategy<const Fields extends CategoryFields, const Query extends string>(
  name: string,
  options: Omit<StrategyInCode, "name" | "category" | "query"> & {
    readonly category: Category<string, Fields>;
    readonly query: CheckedTemplate<Query, keyof Fields & string>;
  },
): StrategyInCode {
  return Object.freeze({ ...options, name });
}
