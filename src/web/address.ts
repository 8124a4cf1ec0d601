/*
 * What is shown is said by the address alone, so that it can be shared, reloaded and gone back from: the page, the tab, what
 * the list is narrowed to, and the session that is open. What has its default is left out.
 */
import { useMemo, useSyncExternalStore } from "react";

/** The pages that there are. */
export const pages = ["inbox", "queues", "runners"] as const;
/** The tabs of the inbox, in their order. */
export const tabs = ["inbox", "needs", "active", "unread", "read", "snoozed", "archived", "all"] as const;
/** One of {@link tabs}. */
export type TabName = (typeof tabs)[number];

/** What the address says. An empty text says nothing. */
export interface Address {
  page: (typeof pages)[number];
  tab: TabName;
  project: string;
  labels: readonly string[];
  search: string;
  /** The id of the session that is open. */
  session: string;
  /** The place of its timeline at which it is opened, as a hit of a search names it. */
  at: string;
  queue: string;
}

function oneOf<Name extends string>(names: readonly Name[], text: string | null, otherwise: Name): Name {
  return names.find((name) => name === text) ?? otherwise;
}

/** Reads what comes after the path of an address. */
export function readAddress(text: string): Address {
  const read = new URLSearchParams(text);
  return {
    page: oneOf(pages, read.get("page"), "inbox"),
    tab: oneOf(tabs, read.get("tab"), "inbox"),
    project: read.get("project") ?? "",
    labels: read.getAll("label"),
    search: read.get("q") ?? "",
    session: read.get("session") ?? "",
    at: read.get("at") ?? "",
    queue: read.get("queue") ?? "",
  };
}

/** Writes an address as {@link readAddress} reads it; the path alone if all is as it begins. */
export function writeAddress({ page, tab, project, labels, search, session, at, queue }: Address): string {
  const written = new URLSearchParams();
  if (page !== "inbox") written.set("page", page);
  if (tab !== "inbox") written.set("tab", tab);
  if (project) written.set("project", project);
  for (const label of labels) written.append("label", label);
  if (search) written.set("q", search);
  if (queue) written.set("queue", queue);
  if (session) written.set("session", session);
  if (session && at) written.set("at", at);
  const text = written.toString();
  return text ? `/?${text}` : "/";
}

const listeners = new Set<() => void>();

function listen(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

/** Goes to what the address says with these changes. Typing replaces the address, so that going back leaves the search. */
export function visit(change: Partial<Address>, how: "push" | "replace" = "push"): void {
  const next = addressWith(readAddress(location.search), change);
  if (next === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", next);
  else history.replaceState(null, "", next);
  for (const listener of listeners) listener();
}

/** The address as it is now. */
export function useAddress(): Address {
  const text = useSyncExternalStore(listen, () => location.search);
  return useMemo(() => readAddress(text), [text]);
}

/** The address that a link with these changes leads to. A place belongs to the session that it is named with. */
export function addressWith(address: Address, change: Partial<Address>): string {
  return writeAddress({ ...address, ...("session" in change ? { at: "" } : {}), ...change });
}
