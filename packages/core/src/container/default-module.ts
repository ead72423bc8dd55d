import { ContainerModule } from "inversify";
import { createQueryComposer } from "../compose/query-composer.ts";
import type { DatabaseAdapter, DatabaseSession } from "../contracts/database-adapter.ts";
import type { Logger } from "../contracts/logger.ts";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import type { Transport } from "../contracts/transport.ts";
import { EventHub } from "../engine/events.ts";
import { believedObservation } from "../engine/guard/believed-observation.ts";
import { Faults } from "../engine/guard/faults.ts";
import { Guard } from "../engine/guard/guard.ts";
import { guardDialect } from "../engine/guard/guarded-dialect.ts";
import { aSession } from "../engine/guard/guarded-session.ts";
import { redactionOf } from "../engine/guard/key-redaction.ts";
import { Observers } from "../engine/observers.ts";
import { adaptiveSchedule } from "../engine/poll/poll-schedule.ts";
import { defaultTuning } from "../engine/tuning.ts";
import { createDictionary, type Dictionary } from "../model/category.ts";
import { LiveDictionary } from "../model/live-dictionary.ts";
import { combineStores } from "../stores/combine-stores.ts";
import { inCodeStrategies } from "../stores/in-code-strategies.ts";
import { tableStore } from "../stores/table-store.ts";
import { consoleLogger } from "./console-logger.ts";
import { guardRecorder } from "./guarded-recorder.ts";
import { openInvoker } from "./open-invokers.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { TOKENS } from "./tokens.ts";

/** Core's default bindings. Everything is a singleton of its pipeline: a part is opened once. */
export function defaultModule<Tx>(
  options: PipelineOptions<Tx>,
  table: (store: StrategyStore) => StrategyStore,
): ContainerModule {
  return new ContainerModule(({ bind }) => {
    bind(TOKENS.Logger).toConstantValue(options.log ?? consoleLogger);
    bind(TOKENS.Tuning).toConstantValue({ ...defaultTuning, ...options.tuning });
    bind(TOKENS.PollSchedule).toConstantValue(options.schedule ?? adaptiveSchedule());
    bind(TOKENS.Dictionary).toConstantValue(new LiveDictionary(createDictionary(options.categories)));
    const events: EventHub = new EventHub(
      (event, error) => faults.caught(`listener ${event}`, "listener", error),
      (event) => faults.worked(`listener ${event}`, "listener"),
      new Observers({
        caught: (part, member, error) => faults.caught(part, member, error),
        worked: (part, member) => faults.worked(part, member),
        believed: believedObservation,
      }),
    );
    const faults: Faults = new Faults(events);
    bind(TOKENS.EventHub).toConstantValue(events);
    bind(TOKENS.Faults).toConstantValue(faults);
    const database = new Guard("database", faults);

    bind(TOKENS.DatabaseAdapter).toConstantValue(options.database as DatabaseAdapter);
    bind(TOKENS.ChangeRecorder)
      .toResolvedValue(
        (adapter: DatabaseAdapter, dictionary: Dictionary) =>
          guardRecorder(adapter.recorder, dictionary, events.observers, redactionOf(options.redactKeys)),
        [TOKENS.DatabaseAdapter, TOKENS.Dictionary],
      )
      .inSingletonScope();
    bind(TOKENS.DatabaseSession)
      .toResolvedValue(
        (adapter: DatabaseAdapter, log: Logger) => database.call("open", () => adapter.open({ log }), aSession),
        [TOKENS.DatabaseAdapter, TOKENS.Logger],
      )
      .inSingletonScope();
    bind(TOKENS.Poller)
      .toResolvedValue((session: DatabaseSession) => session.poller, [TOKENS.DatabaseSession])
      .inSingletonScope();
    bind(TOKENS.QueryRunner)
      .toResolvedValue((session: DatabaseSession) => session.queryRunner, [TOKENS.DatabaseSession])
      .inSingletonScope();
    bind(TOKENS.BacklogStore)
      .toResolvedValue((session: DatabaseSession) => session.backlog, [TOKENS.DatabaseSession])
      .inSingletonScope();
    bind(TOKENS.QueryComposer)
      .toResolvedValue(
        (adapter: DatabaseAdapter) => createQueryComposer(guardDialect(adapter.dialect, database)),
        [TOKENS.DatabaseAdapter],
      )
      .inSingletonScope();
    bind(TOKENS.StrategyStore)
      .toResolvedValue(
        (session: DatabaseSession) => {
          const others = [inCodeStrategies(options.strategies ?? []), ...(options.stores ?? [])];
          const tables = tableStore(
            options.strategyTable === true ? session.strategyStore : undefined,
            options.categoryTable === true ? session.definitions : undefined,
          );
          return combineStores(others, tables === undefined ? undefined : table(tables));
        },
        [TOKENS.DatabaseSession],
      )
      .inSingletonScope();

    for (const [name, transport] of Object.entries(options.downstreams)) {
      bind(TOKENS.Transport).toConstantValue(transport).whenNamed(name);
      bind(TOKENS.SyncInvoker)
        .toResolvedValue(
          (own: Transport, log: Logger) => openInvoker(own, { downstream: name, log }),
          [{ serviceIdentifier: TOKENS.Transport, name }, TOKENS.Logger],
        )
        .inSingletonScope()
        .whenNamed(name);
    }
  });
}
