import { existsSync } from "node:fs";

const places = [
  process.env.SYNCLINE_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A Chromium of the system, if there is one. */
export function findBrowser(): string | undefined {
  const found = places.find((place) => place !== undefined && place !== "" && existsSync(place));
  if (found === undefined)
    console.warn(
      "No Chromium was found: the console is not tested in a browser. Install one, or set SYNCLINE_CHROMIUM.",
    );
  return found;
}
