/**
 * The part of the browser that the page's own scripts use. These scripts are functions of this folder, and the page
 * contains their source. So each of them must stand alone: it may import types only, and name nothing outside itself
 * but what JavaScript itself has.
 */
export interface Browser {
  location: { readonly pathname: string; readonly href: string };
  localStorage: BrowserStorage;
  /** The storage that is emptied when the browser's tab is closed. */
  sessionStorage: BrowserStorage;
  fetch: typeof globalThis.fetch;
  WebSocket: new (url: string, protocol: string) => BrowserSocket;
  /** Shows the page's form with this reason, and resolves with the token; with "" if the person goes on without one. */
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

/** An operation that GraphiQL runs. */
export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string | null;
}

/** The answer to an operation. `data` has the shape that the operation asks for. */
export interface Result<Data = unknown> {
  data?: Data | null;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
}

/** The receiver of a subscription's results. */
export interface Sink {
  next(result: Result): void;
  error(error: Error): void;
  complete(): void;
}

/** A tab as GraphiQL opens it. Its variables are JSON text. */
export interface Tab {
  query: string;
  variables: string | null;
}
