import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { SessionDocument } from "../src/api/shapes.ts";
import { Client, get, post, Unanswered } from "./api.ts";
import { Login } from "./login.tsx";
import { AuditPage } from "./pages/audit.tsx";
import { CallsPage } from "./pages/calls.tsx";
import { DeadLettersPage } from "./pages/dead-letters.tsx";
import { KeyPage } from "./pages/key.tsx";
import { NewsPage } from "./pages/news.tsx";
import { StrategiesPage } from "./pages/strategies.tsx";
import { StrategyPage } from "./pages/strategy.tsx";
import { Trouble } from "./parts/notices.tsx";
import { ThemeChoice } from "./parts/theme.tsx";
import { linkTo, type Place, usePlace } from "./place.tsx";

/** Handed over in the address's fragment by whoever prints a link: used once, and taken out of it. */
const handedToken = /^#token=([^&]+)$/.exec(location.hash)?.[1];
if (handedToken !== undefined) history.replaceState(null, "", "#/");

export function App() {
  const [session, setSession] = useState<SessionDocument | "none">();
  const [error, setError] = useState<Unanswered>();
  const look = useCallback(async () => {
    try {
      setError(undefined);
      setSession(await get<SessionDocument>("session"));
    } catch (failure) {
      if (!(failure instanceof Unanswered)) throw failure;
      setSession("none");
      if (failure.status !== 401 || !failure.message.startsWith("Log in")) setError(failure);
    }
  }, []);
  useEffect(() => {
    const begin = async () => {
      // Refused: the form says so when somebody types it.
      if (handedToken !== undefined)
        await post("login", { token: decodeURIComponent(handedToken) }, null).catch(() => {});
      await look();
    };
    const ended = () => setSession("none");
    addEventListener("syncline:logged-out", ended);
    void begin();
    return () => removeEventListener("syncline:logged-out", ended);
  }, [look]);
  if (session === undefined) return null;
  if (session === "none")
    return error === undefined ? <Login onDone={look} /> : <Outside error={error} onRetry={look} />;
  return <Inside session={session} onLogout={look} />;
}

function Outside({ error, onRetry }: { readonly error: Unanswered; readonly onRetry: () => void }) {
  return (
    <main class="login">
      <h1>Syncline</h1>
      <Trouble error={error} />
      <button type="button" onClick={onRetry}>
        Try again
      </button>
    </main>
  );
}

const pages = [
  { page: "strategies", title: "Strategies" },
  { page: "dead", title: "Dead letters" },
  { page: "key", title: "Key" },
  { page: "news", title: "Health" },
  { page: "audit", title: "Audit" },
];
/** Where somebody looks on its calls: `syncline dev`. */
const calls = { page: "calls", title: "Calls" };

function Inside({ session, onLogout }: { readonly session: SessionDocument; readonly onLogout: () => void }) {
  const place = usePlace();
  const [first = ""] = session.pipelines;
  const pipeline = session.pipelines.includes(place.pipeline) ? place.pipeline : first;
  const client = useMemo(() => new Client(session, pipeline), [session, pipeline]);
  const logout = async () => {
    await post("logout", {}, session.proof).catch(() => {});
    onLogout();
  };
  return (
    <>
      {/* No link: the fragment is the place that is shown. */}
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        To the content
      </button>
      <header>
        <div class="bar">
          <a class="brand" href={linkTo(pipeline, "strategies")}>
            Syncline
          </a>
          {session.pipelines.length > 1 && (
            <label>
              <span class="unseen">Database</span>
              <select
                value={pipeline}
                onChange={({ currentTarget }) => {
                  location.hash = linkTo(currentTarget.value, place.page);
                }}
              >
                {session.pipelines.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <span class="who">
            <span class="actor">{session.actor}</span> <span class="quiet">{session.role}</span>
          </span>
          <ThemeChoice />
          {session.logout && (
            <button type="button" onClick={logout}>
              Log out
            </button>
          )}
        </div>
        <nav aria-label="Pages">
          {(session.calls.includes(pipeline) ? [calls, ...pages] : pages).map(({ page, title }) => (
            <a key={page} href={linkTo(pipeline, page)} aria-current={isAt(place, page) ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" tabIndex={-1} key={pipeline}>
        <Page place={{ ...place, pipeline }} client={client} />
      </main>
    </>
  );
}

function isAt({ page }: Place, link: string): boolean {
  return page === link || (page === "strategy" && link === "strategies");
}

function Page({ place, client }: { readonly place: Place; readonly client: Client }) {
  switch (place.page) {
    case "strategy":
      return <StrategyPage key={place.name} place={place} client={client} />;
    case "dead":
      return <DeadLettersPage place={place} client={client} />;
    case "key":
      return <KeyPage place={place} client={client} />;
    case "news":
      return <NewsPage client={client} pipeline={place.pipeline} />;
    case "calls":
      return <CallsPage client={client} pipeline={place.pipeline} />;
    case "audit":
      return <AuditPage client={client} />;
    default:
      return <StrategiesPage place={place} client={client} />;
  }
}
