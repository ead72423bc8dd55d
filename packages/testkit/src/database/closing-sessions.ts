import type { DatabaseSession } from "@syncline/core/spi";
import type { DatabaseFixture } from "./fixture.ts";

/** The fixture, whose `close` first closes every session, each once: as core does, which alone closes sessions. */
export function closingSessions<Tx>(fixture: DatabaseFixture<Tx>): DatabaseFixture<Tx> {
  const { openSession, interruptDuring, earlierSchemas, openAnew } = fixture;
  const sessions: DatabaseSession[] = [];
  const keep = (session: DatabaseSession): DatabaseSession => {
    const kept: DatabaseSession = {
      poller: session.poller,
      queryRunner: session.queryRunner,
      backlog: session.backlog,
      ...(session.strategyStore && { strategyStore: session.strategyStore }),
      ...(session.definitions && { definitions: session.definitions }),
      ...(session.changeSignal && { changeSignal: session.changeSignal }),
      ...(session.strandedWork && { strandedWork: session.strandedWork }),
      ...(session.capture && { capture: session.capture }),
      ...(session.sources && { sources: session.sources }),
      ...(session.audit && { audit: session.audit }),
      ...(session.strategyHistory && { strategyHistory: session.strategyHistory }),
      ...(session.pendingMigrations && {
        pendingMigrations: (signal) => session.pendingMigrations?.(signal) ?? Promise.reject(),
      }),
      ...(session.diagnosis && { diagnosis: session.diagnosis }),
      ...(session.backfills && { backfills: session.backfills }),
      migrate: (signal) => session.migrate(signal),
      checkSchema: (signal) => session.checkSchema(signal),
      close: once(() => session.close()),
    };
    sessions.push(kept);
    return kept;
  };
  return {
    adapter: fixture.adapter,
    session: keep(fixture.session),
    begin: () => fixture.begin(),
    source: fixture.source,
    templates: fixture.templates,
    ...(fixture.strategies && { strategies: fixture.strategies }),
    ...(openSession && { openSession: async () => keep(await openSession.call(fixture)) }),
    ...(interruptDuring && { interruptDuring: interruptDuring.bind(fixture) }),
    ...(earlierSchemas && {
      earlierSchemas: async () =>
        (await earlierSchemas.call(fixture)).map(({ name, session }) => ({ name, session: keep(session) })),
    }),
    ...(openAnew && { openAnew: async () => keep(await openAnew.call(fixture)) }),
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()));
      await fixture.close();
    },
  };
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}
