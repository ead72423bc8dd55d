import type { InternalAxiosRequestConfig } from "axios";

/**
 * The address without what the instance's own `params` say as well. An API key in the query is the
 * downstream's, set in `configure`; of two parameters of one name many servers take the first, which would be
 * the path's.
 */
export function withoutOverridden({
  url,
  params,
}: Pick<InternalAxiosRequestConfig, "url" | "params">): string | undefined {
  const start = url?.indexOf("?") ?? -1;
  if (url === undefined || start < 0 || params === undefined || params === null) return url;
  const names = params instanceof URLSearchParams ? [...params.keys()] : Object.keys(params);
  const own = new Set(names.map(sameParameter));
  const kept = url
    .slice(start + 1)
    .split(/[&;]/)
    .filter((pair) => !own.has(sameParameter(pair.split("=")[0] ?? "")));
  return kept.length === 0 ? url.slice(0, start) : `${url.slice(0, start)}?${kept.join("&")}`;
}

/**
 * One name for what servers do not tell apart: by case, in brackets, with dots and blanks as PHP has them,
 * encoded twice.
 */
function sameParameter(name: string): string {
  let text = name;
  for (let round = 0; round < 3; round += 1) text = decoded(text.replaceAll("+", " "));
  return text
    .replace(/\[.*/s, "")
    .trim()
    .toLowerCase()
    .replace(/[\s.-]/g, "_");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
