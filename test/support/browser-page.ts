import { Window } from "happy-dom";
import WebSocket from "ws";

/** A page without a browser, whose names are global until it is closed. */
export interface BrowserPage {
  /** All text of the page. */
  text(): string;
  /** Clicks on the first button or link of that text; false if there is none. */
  click(text: string): boolean;
  root: HTMLElementLike;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What React renders into. */
type HTMLElementLike = Parameters<typeof import("react-dom/client").createRoot>[0];

/** Opens an empty page with one element of this id. */
export function openPage(id: string, data: Record<string, string> = {}): BrowserPage {
  const window = new Window({ url: "http://127.0.0.1/" });
  const { document } = window;
  document.body.innerHTML = `<div id="${id}"></div>`;
  Object.assign(document.body.dataset, data);
  const given = { window, document, location: window.location, navigator: window.navigator, WebSocket };
  const before = Object.fromEntries(
    Object.keys(given).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]),
  );
  for (const [name, value] of Object.entries(given))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  return {
    root: document.getElementById(id) as unknown as HTMLElementLike,
    text: () => document.body.textContent,
    click(text) {
      const target = [...document.querySelectorAll("button, a")].find((each) => each.textContent === text);
      target?.dispatchEvent(new window.MouseEvent("click", { bubbles: true, cancelable: true }));
      return target !== undefined;
    },
    async [Symbol.asyncDispose]() {
      await window.happyDOM.close();
      for (const [name, descriptor] of Object.entries(before)) {
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else Reflect.deleteProperty(globalThis, name);
      }
    },
  };
}
