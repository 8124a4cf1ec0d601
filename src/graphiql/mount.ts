import type { Browser, Tab } from "./browser.js";
import type { NewestData } from "./examples/newest-data.js";
import type { Fetcher } from "./fetcher.js";
import type { TabSource, arrangeTabs } from "./tabs.js";
import type { ViewerAnswer } from "./viewer-query.js";

/** The options of the package's `renderYogaGraphiQL` that this page sets. */
export interface GraphiQLOptions {
  title: string;
  logo: string;
  fetcher: Fetcher["fetch"];
  /** The tabs of a person who has none yet. */
  defaultTabs: Tab[];
  /** The headers of tabs that have none of their own, as JSON text. */
  headers?: string;
  /** The variables of the first tab, which GraphiQL would otherwise forget, as JSON text. */
  variables?: string;
  defaultEditorToolsVisibility: boolean | "variables" | "headers";
  /** Undefined lets the person decide in the settings; until then headers are not kept. */
  shouldPersistHeaders: undefined;
  onEditQuery(): void;
  /** Called with each schema, before the editor is given it. */
  onSchemaChange(): void;
}

/** The options that do not depend on the viewer. */
type GivenOptions = Pick<GraphiQLOptions, "title" | "logo" | "fetcher" | "onSchemaChange">;

/**
 * Makes GraphiQL's options; it runs in the browser. GraphiQL keeps its tabs in localStorage. If they are exactly
 * those that this page gave before, they are made anew, so that they fit the data as it is now. Otherwise the person
 * has changed them, and they stay.
 */
export function prepareGraphiQL(
  { localStorage }: Pick<Browser, "localStorage">,
  { result, headers, admitted }: ViewerAnswer<NewestData>,
  arrange: typeof arrangeTabs,
  source: TabSource,
  given: GivenOptions,
): GraphiQLOptions {
  const givenKey = "agentrun-graph:examples";
  const describe = (tabs: readonly Tab[]) =>
    JSON.stringify(tabs.map((tab) => [tab.query, tab.variables || null]));
  const readTabs = (): Tab[] | undefined => {
    try {
      const tabs = JSON.parse(localStorage.getItem("graphiql:tabState") ?? "null")?.tabs;
      return Array.isArray(tabs) ? tabs : undefined;
    } catch {
      return undefined;
    }
  };

  const options: GraphiQLOptions = {
    ...given,
    defaultTabs: arrange(source, result),
    defaultEditorToolsVisibility: admitted || "headers",
    shouldPersistHeaders: undefined,
    // GraphiQL would write the query into the address, which would then ask the API instead of opening the page.
    onEditQuery: () => {},
  };
  if (Object.keys(headers).length > 0) options.headers = JSON.stringify(headers, null, 2);

  const stored = readTabs();
  const own = stored && describe(stored) !== localStorage.getItem(givenKey);
  if (!own) {
    for (const key of ["tabState", "query", "variables"]) localStorage.removeItem(`graphiql:${key}`);
    localStorage.setItem(givenKey, describe(options.defaultTabs));
    const first = options.defaultTabs[0]?.variables;
    if (first) options.variables = first;
  }
  return options;
}
