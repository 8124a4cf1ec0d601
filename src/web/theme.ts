import { useSyncExternalStore } from "react";

const key = "agentrun-graph:theme";
const themes = ["auto", "light", "dark"] as const;
/** What the page looks like; `auto`: as the system does. */
export type Theme = (typeof themes)[number];

const listeners = new Set<() => void>();
/** As `first.js` has put it on the page. */
let theme: Theme = themes.find((name) => name === document.documentElement.dataset["theme"]) ?? "auto";

/** Goes to the next theme, and keeps it in this browser. */
export function nextTheme(): void {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A browser that keeps nothing still shows it.
  }
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  for (const listener of listeners) listener();
}

/** The theme as it is now. */
export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
}
