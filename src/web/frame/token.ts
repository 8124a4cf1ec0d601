const key = "agentrun-graph:token";

/** The token that a person pasted into this tab; the empty text if there is none. It is gone with the tab. */
export function storedToken(): string {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** Keeps a token for this tab; the empty text forgets it. */
export function storeToken(token: string): void {
  try {
    if (token) sessionStorage.setItem(key, token);
    else sessionStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing asks again after a reload.
  }
}
