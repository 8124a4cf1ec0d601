/**
 * What the page's own scripts use of the browser that they run in. Those scripts are functions of this folder, sent as their
 * source: each must stand alone, importing nothing but types and naming nothing outside itself but JavaScript's own.
 */
export interface Browser {
  location: { readonly pathname: string; readonly href: string };
  localStorage: BrowserStorage;
  /** Ends with the browser's tab. */
  sessionStorage: BrowserStorage;
  fetch: typeof globalThis.fetch;
  WebSocket: new (url: string, protocol: string) => BrowserSocket;
  /** Shows the page's form with this reason; empty where the person goes on without a token. */
  askToken(reason: string): Promise<string>;
}

/** The part of a browser's storage that is used. */
interface BrowserStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** The part of a browser's WebSocket that following needs. */
export interface BrowserSocket {
  send(text: string): void;
  close(code?: number): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: string }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
}

/** What GraphiQL is asked to run. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string | null;
}

/** What an operation is answered. `data` is as the answered query has it. */
export interface Result<Data = unknown> {
  data?: Data | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** Takes what a subscription brings. */
export interface Sink {
  next(result: Result): void;
  error(error: Error): void;
  complete(): void;
}

/** A tab as GraphiQL opens it; variables are JSON. */
export interface Tab {
  query: string;
  variables: string | null;
}
