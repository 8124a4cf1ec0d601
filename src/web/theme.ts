import { useSyncExternalStore } from "react";

const key = "agentrun-graph:theme";
const themes = ["auto", "light", "dark"] as const;
/** What the page looks like; `auto`: as the system does. */
export type Theme = (typeof themes)[number];

const listeners = new Set<() => void>();
let theme: Theme = read();

function read(): Theme {
  try {
    const kept = localStorage.getItem(key);
    return themes.find((name) => name === kept) ?? "auto";
  } catch {
    return "auto";
  }
}

/** Puts the theme on the page. It is called before anything is drawn. */
export function applyTheme(): void {
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Goes to the next theme, and keeps it in this browser. */
export function nextTheme(): void {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  try {
    localStorage.setItem(key, theme);
  } catch {
    // A browser that keeps nothing still shows it.
  }
  applyTheme();
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
