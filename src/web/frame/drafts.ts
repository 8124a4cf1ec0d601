/*
 * What a person has written and not sent: it outlives what shows it, so that going elsewhere and back loses nothing, and two places that show
 * the same share it. It is kept while the page is open, for each reader by itself.
 */
import { useCallback, useSyncExternalStore } from "react";
import { useSignedIn } from "./signed-in";

/** How many drafts are kept: beyond it that which was changed first is forgotten. */
const most = 200;

const drafts = new Map<string, unknown>();
const listeners = new Set<() => void>();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function keep(key: string, draft: unknown): void {
  drafts.delete(key);
  if (draft !== undefined) drafts.set(key, draft);
  const [oldest] = drafts.keys();
  if (oldest !== undefined && drafts.size > most) drafts.delete(oldest);
  for (const listener of listeners) listener();
}

/** Changes a draft, also after what showed it is gone; undefined forgets it. */
type Change<Draft> = (change: (before: Draft | undefined) => Draft | undefined) => void;

/** The draft of what has this key; undefined while there is none. Who uses a key gives all its drafts one type. */
export function useDraft<Draft>(key: string): readonly [draft: Draft | undefined, change: Change<Draft>] {
  const own = useOwnKey(key);
  const draft = useSyncExternalStore(listen, () => drafts.get(own) as Draft | undefined);
  return [draft, useChange<Draft>(own)];
}

/** Forgets the draft of what has this key. */
export function useForgetDraft(key: string): () => void {
  const change = useChange(useOwnKey(key));
  return useCallback(() => change(() => undefined), [change]);
}

function useOwnKey(key: string): string {
  const { tenantId, readerId } = useSignedIn().viewer;
  return JSON.stringify([tenantId, readerId, key]);
}

function useChange<Draft>(own: string): Change<Draft> {
  return useCallback((changed) => keep(own, changed(drafts.get(own) as Draft | undefined)), [own]);
}
