import { visibleText } from "../model/visible-text.ts";

const mostCharacters = 300;

/**
 * A URL, or a path, for a message: without credentials, query and fragment, which may be secrets,
 * in one line, cut.
 */
export function shownUrl(location: string): string {
  const isUrl = /^[a-z][a-z0-9+.-]*:/i.test(location);
  if (!isUrl || !URL.canParse(location)) {
    // What cannot be read as a URL may still hold what stands in front of an @, or behind a question mark.
    const [path = ""] = location.split(/[?#]/);
    return visibleText(path.replace(/\/\/[^/]*@/, "//"), mostCharacters);
  }
  const { protocol, host, pathname } = new URL(location);
  return visibleText(`${protocol}${host === "" && protocol !== "file:" ? "" : "//"}${host}${pathname}`, mostCharacters);
}
