import type { Browser, Result } from "./browser.js";
import type { Fetcher } from "./fetcher.js";

/** The answer to the viewer's query, and the headers to send with the viewer's further operations. */
export interface ViewerAnswer<Data> {
  result: Result<Data>;
  headers: Record<string, string>;
  /** False if the service wants a token and the person gave none. */
  admitted: boolean;
}

/**
 * Sends one query as the person who looks at the page; it runs in the browser. If the service wants a token, the page
 * asks the person until the service accepts one or the person gives none. It keeps the token until the browser's tab
 * is closed.
 */
export async function queryAsViewer<Data>(
  { localStorage, sessionStorage, askToken }: Pick<Browser, "localStorage" | "sessionStorage" | "askToken">,
  { post }: Pick<Fetcher, "post">,
  query: string,
): Promise<ViewerAnswer<Data>> {
  const tokenKey = "agentrun-graph:token";
  const editorKey = "graphiql:headers";
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const readHeaders = (): Record<string, string> => {
    const token = sessionStorage.getItem(tokenKey);
    try {
      return JSON.parse(localStorage.getItem(editorKey) ?? "null") ?? (token ? bearer(token) : {});
    } catch {
      return {};
    }
  };

  let headers = readHeaders();
  for (;;) {
    const result = await post<Data>({ query }, headers).catch((error: Error): Result<Data> => ({
      errors: [error],
    }));
    const refusal = result.errors?.find((error) => error.extensions?.["code"] === "UNAUTHENTICATED");
    if (!refusal) return { result, headers, admitted: true };
    const token = await askToken(refusal.message);
    if (!token) return { result, headers: bearer(""), admitted: false };
    localStorage.removeItem(editorKey);
    sessionStorage.setItem(tokenKey, token);
    headers = bearer(token);
  }
}
