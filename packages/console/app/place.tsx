import { useEffect, useState } from "preact/hooks";

/** Where somebody is: everything stands in the address's fragment, which no server is told. */
export interface Place {
  readonly pipeline: string;
  readonly page: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [pipeline = "", page = "", name = ""] = path.split("/").map(decoded);
  return { pipeline, page: page === "" ? "strategies" : page, name, query: new URLSearchParams(query) };
}

export function linkTo(
  pipeline: string,
  page: string,
  { name = "", query = {} }: { readonly name?: string; readonly query?: { readonly [name: string]: string } } = {},
): string {
  const path = [pipeline, page, ...(name === "" ? [] : [name])].map(encodeURIComponent).join("/");
  const given = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${path}${given === "" ? "" : `?${given}`}`;
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = () => setHash(location.hash);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return placeOf(hash);
}

/** Without an entry in the history: each letter of a filter would be one. */
export function replacePlace(link: string): void {
  history.replaceState(null, "", link);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
