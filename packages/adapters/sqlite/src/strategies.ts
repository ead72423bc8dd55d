import {
  mostDefinitionBytes,
  mostDefinitions,
  mostDefinitionsBytes,
  type Nothing,
  type StrategyHistoryGiven,
  strategyVersionColumns,
} from "@syncline/core/adapter-kit";
import { spelling } from "./spelling.ts";
import { answering } from "./sql-driver.ts";

/** Versions of a strategy, newest first. */
export const strategyHistory = answering<StrategyHistoryGiven>(`SELECT ${strategyVersionColumns.select(spelling, {
  as: { at: "changed_at" },
})}
  FROM syncline_strategy_history WHERE strategy = @strategy AND version < @before
 ORDER BY version DESC LIMIT @limit`);

/**
 * Those first that are enabled; of the others their category alone, since their keys go on
 * collecting, and so of what is too large: whoever edits strategies must not fill every worker's
 * memory.
 */
export const loadStrategies = answering<Nothing>(`SELECT CAST(strategies_revision AS TEXT), name,
       CASE WHEN NOT enabled OR bytes > ${mostDefinitionBytes} OR total > ${mostDefinitionsBytes}
            THEN json_object('category', substr(definition ->> 'category', 1, 200), 'coalesce', json(iif(definition ->> 'coalesce' = 0, 'false', 'true')))
            ELSE definition END,
       CASE WHEN enabled AND (bytes > ${mostDefinitionBytes} OR total > ${mostDefinitionsBytes}) THEN CAST(bytes AS TEXT) END,
       enabled
  FROM syncline_state LEFT JOIN (
    SELECT *, sum(iif(NOT enabled OR bytes > ${mostDefinitionBytes}, 0, bytes)) OVER (ORDER BY name) AS total
      FROM (SELECT name, definition, enabled, octet_length(definition) AS bytes
              FROM syncline_strategy ORDER BY enabled DESC, name LIMIT ${2 * mostDefinitions})
  ) ON true
 ORDER BY name`);
