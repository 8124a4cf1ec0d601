import { existsSync } from "node:fs";
import { type Browser, type Locator, type Page, chromium } from "playwright-core";

/** Where a Chromium is: CHROMIUM_PATH, else where distributions put it; undefined where there is none. */
export function findChromium(): string | undefined {
  const places = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);
  return process.env["CHROMIUM_PATH"] || places.find((path) => existsSync(path));
}

/** Starts it without a window, and quiet: it asks nobody for updates. */
export function launchChromium(executablePath: string): Promise<Browser> {
  const args = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ];
  return chromium.launch({ executablePath, args });
}

/** GraphiQL's editors, by the last part of their names. */
type Editor = "operation.graphql" | "variables.json" | "response.json";

/** GraphiQL as a person has it before them, with storage of its own. */
export interface OpenGraphiQL {
  page: Page;
  /** Every address that the page asked for, sockets included. */
  requested: string[];
  /** Errors and warnings of the console, and exceptions that nobody caught. */
  complaints: string[];
  /** The documents that it sent, the viewer's own and the introspection included. */
  sent: string[];
  tabs(): Promise<string[]>;
  /** Opens a tab by one click or tap, and waits for its operation. */
  select(tab: string): Promise<void>;
  /** The whole text of an editor. */
  text(editor: Editor): Promise<string>;
  /** Changes the whole text of an editor. */
  write(editor: Editor, change: (text: string) => string): Promise<void>;
  /** What the editors mark now in the operation and its variables; says so if they do not know the types yet. */
  marks(): Promise<string[]>;
  /** Presses the button that runs, or stops. */
  press(): Promise<void>;
  /** Resolves once the result holds this. */
  seeResult(text: string | RegExp): Promise<void>;
  ready(): Promise<void>;
  /** What the page keeps beyond this tab, as JSON. */
  kept(): Promise<string>;
}

const model = (editor: Editor) =>
  `__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith("${editor}"))`;

/** The types that the variables editor knows; they come after the tab. */
const variablesSchema =
  "__MONACO.languages.json.jsonDefaults.diagnosticsOptions.schemas?.find(({ schema }) => schema)?.schema.properties";

/**
 * The variables are checked anew, since their marks come some time after the types. Types that come meanwhile end the worker that
 * is asked, and it never answers: then this fails, and can be asked again.
 */
const readMarks = `(async () => {
  const { uri } = ${model("variables.json")};
  const validate = async () => {
    const worker = await (await __MONACO.languages.json.getWorker())(uri);
    return worker.doValidation(uri.toString());
  };
  const inVariables = await Promise.race([
    validate(),
    new Promise((_, reject) => setTimeout(reject, 5_000, new Error("no answer"))),
  ]);
  const inOperation = __MONACO.editor.getModelMarkers({ resource: ${model("operation.graphql")}.uri });
  return [...inVariables, ...inOperation].map(({ message }) => message);
})()`;

/** What a person looks at it with. */
interface Screen {
  /** Default: 1400. */
  width?: number;
  /** Default: 2400, enough for the whole result: the editor renders only the lines that are seen. */
  height?: number;
  /** Default: light. */
  colorScheme?: "light" | "dark";
  /** True for a phone. Default: a mouse. */
  touch?: boolean;
}

/** Opens GraphiQL; `await using` closes it. */
export async function openGraphiQL(
  browser: Browser,
  url: string,
  { width = 1400, height = 2400, colorScheme = "light", touch = false }: Screen = {},
): Promise<OpenGraphiQL & AsyncDisposable> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    hasTouch: touch,
    isMobile: touch,
  });
  const page = await context.newPage();
  const requested: string[] = [];
  const complaints: string[] = [];
  const sent: string[] = [];
  page.on("request", (request) => {
    requested.push(request.url());
    if (request.method() === "POST") sent.push(request.postDataJSON().query);
  });
  page.on("websocket", (socket) => {
    requested.push(socket.url());
    socket.on("framesent", ({ payload }) => {
      const { type, payload: operation } = JSON.parse(String(payload));
      if (type === "subscribe") sent.push(operation.query);
    });
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  await page.goto(url);
  const readText = (editor: Editor) => page.evaluate<string>(`${model(editor)}.getValue()`);
  return {
    page,
    requested,
    complaints,
    sent,
    tabs: () => page.locator(".graphiql-tab-button").allTextContents(),
    async select(tab) {
      const button = page.locator(`.graphiql-tab-button[title="${tab}"]`);
      if (touch) await button.tap();
      else await clickSlowly(page, button);
      await page.locator(`[role=tab][aria-selected=true] [title="${tab}"]`).waitFor();
      await page.locator(".graphiql-query-editor", { hasText: tab }).waitFor();
    },
    text: readText,
    async write(editor, change) {
      const text = JSON.stringify(change(await readText(editor)));
      await page.evaluate(`${model(editor)}.setValue(${text})`);
    },
    async marks() {
      const names = [...(await readText("operation.graphql")).matchAll(/\$(\w+):/g)].map((match) => match[1]);
      const known = await page.evaluate<string[]>(`Object.keys(${variablesSchema} ?? {})`);
      if (known.join() !== names.join()) return ["the types of the variables are not known yet"];
      return page.evaluate<string[]>(readMarks);
    },
    press: () => page.locator(".graphiql-execute-button")[touch ? "tap" : "click"](),
    seeResult: (text) => page.locator(".result-window", { hasText: text }).waitFor(),
    ready: () => page.locator(".graphiql-query-editor .view-line").first().waitFor(),
    kept: () => page.evaluate<string>("JSON.stringify(localStorage)"),
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Clicks once, where it is, as a hand does: between press and release the page is painted. */
async function clickSlowly(page: Page, target: Locator): Promise<void> {
  const box = await target.boundingBox();
  if (!box) throw new Error("it is not seen");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.evaluate(
    "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))",
  );
  await page.mouse.up();
}
