import { useState } from "preact/hooks";

const themes = ["system", "light", "dark"] as const;
type Theme = (typeof themes)[number];
const kept = "syncline-theme";

export function applyTheme(theme: Theme = chosen()): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function ThemeChoice() {
  const [theme, setTheme] = useState(chosen);
  return (
    <label class="theme">
      <span class="unseen">Colours</span>
      <select
        value={theme}
        onChange={({ currentTarget }) => {
          const next = themes.find((each) => each === currentTarget.value) ?? "system";
          setTheme(next);
          applyTheme(next);
          try {
            localStorage.setItem(kept, next);
          } catch {
            // Kept for this page alone.
          }
        }}
      >
        <option value="system">System</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </label>
  );
}

function chosen(): Theme {
  try {
    return themes.find((each) => each === localStorage.getItem(kept)) ?? "system";
  } catch {
    return "system";
  }
}
