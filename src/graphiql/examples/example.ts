/**
 * An operation that GraphiQL opens with. `{session}`, `{run}` and `{exampleRun}` in its variables are places for ids
 * of the viewer's own data; tabs.ts fills them. Examples that write use a session of their own, with a backend
 * profile that no runner serves.
 */
export interface Example {
  query: string;
  /** JSON text with places to fill. Default: no variables. */
  variables?: string;
}
