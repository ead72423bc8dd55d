import { Container } from "inversify";
import type { StrategyStore } from "../contracts/strategy-store.ts";
import { Downstream } from "../engine/call/downstream.ts";
import { Engine } from "../engine/engine.ts";
import { guardTrace } from "../engine/guard/guard-trace.ts";
import { redactionOf } from "../engine/guard/key-redaction.ts";
import { ReadPlaces } from "../engine/read/read-places.ts";
import { ReadPlans } from "../engine/read/read-plans.ts";
import type { ReaderParts } from "../engine/read/set-read.ts";
import type { Strategy } from "../model/strategy.ts";
import { refuseOtherVersions } from "./check-options.ts";
import { defaultModule } from "./default-module.ts";
import { guardParts } from "./guard-parts.ts";
import { loadPlugin } from "./load-plugin.ts";
import { logEvents } from "./log-events.ts";
import { openInvokers } from "./open-invokers.ts";
import type { Opened } from "./opened.ts";
import type { Pipeline } from "./pipeline.ts";
import { PipelineImpl } from "./pipeline-impl.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import { checkParts, checkStrategy } from "./strategy-check.ts";
import { TOKENS } from "./tokens.ts";

/**
 * Put a pipeline together. No I/O: the database and the downstreams are connected to on first use.
 *
 * Errors: `plugin.incompatible`, with every part that is. What else is wrong with the options is told by `start`, together with
 * what only files, downstreams and strategies can tell.
 */
export function createPipeline<Tx>(options: PipelineOptions<Tx>): Pipeline<Tx> {
  refuseOtherVersions(options);
  const container = new Container({ defaultScope: "Singleton" });
  let revision: string | undefined;
  const remember = (store: StrategyStore): StrategyStore => ({
    load: async (signal) => {
      const loaded = await store.load(signal);
      revision = loaded.revision;
      return loaded;
    },
    ...(store.subscribe === undefined ? {} : { subscribe: store.subscribe.bind(store) }),
  });
  container.load(defaultModule(options, remember));
  for (const plugin of options.plugins ?? []) loadPlugin(container, plugin);
  guardParts(container);
  logEvents(container.get(TOKENS.EventHub), container.get(TOKENS.Logger), redactionOf(options.redactKeys));
  const reader = once(() => {
    const places = new ReadPlaces(container.get(TOKENS.QueryRunner), now);
    const parts = {
      composer: container.get(TOKENS.QueryComposer),
      runnerOf: (strategy: Strategy) => places.runnerOf(strategy),
    };
    const { sources } = container.get(TOKENS.DatabaseSession);
    const presence = sources?.presence?.bind(sources);
    return { ...parts, plans: new ReadPlans({ ...parts, now }), ...(presence === undefined ? {} : { presence }) };
  });
  return new PipelineImpl<Tx>(container, options, {
    plans: () => reader().plans,
    createEngine: (opened) =>
      createEngine(container, options, { opened, reader: reader(), tableRevision: () => revision }),
  });
}

const now = () => performance.now();

function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

interface EngineSurroundings {
  readonly opened: Opened;
  readonly reader: ReaderParts;
  readonly tableRevision: () => string | undefined;
}

function createEngine<Tx>(
  container: Container,
  options: PipelineOptions<Tx>,
  { opened, reader, tableRevision }: EngineSurroundings,
): Engine {
  const events = container.get(TOKENS.EventHub);
  const session = container.get(TOKENS.DatabaseSession);
  const tuning = container.get(TOKENS.Tuning);
  const checked = checkParts(container, options.downstreams);
  const downstreams = new Map(
    openInvokers(options.downstreams, opened, container.get(TOKENS.Faults)).map(({ name, transport, invoker }) => [
      name,
      new Downstream(name, invoker, transport.limits ?? {}, now()),
    ]),
  );
  return new Engine({
    poller: container.get(TOKENS.Poller),
    backlog: container.get(TOKENS.BacklogStore),
    strandedWork: session.strandedWork,
    reader,
    changeSignal: session.changeSignal,
    dictionary: container.get(TOKENS.Dictionary),
    store: container.get(TOKENS.StrategyStore),
    tableRevision,
    check: (strategy: Strategy) => checkStrategy(strategy, checked),
    downstreams,
    schedule: container.get(TOKENS.PollSchedule),
    tuning,
    events,
    faults: container.get(TOKENS.Faults),
    redaction: redactionOf(options.redactKeys),
    trace: options.trace === undefined ? () => noTrace : guardTrace(options.trace, container.get(TOKENS.Faults)),
    now,
    random: Math.random,
  });
}

const noTrace = {};
