import type { InboxCounts, SessionFilter } from "../../client/client.js";
import type { Address, TabName } from "../address";

/** The tabs' names for people. */
export const tabTitles: Readonly<Record<TabName, string>> = {
  inbox: "Inbox",
  needs: "Needs you",
  active: "Active",
  unread: "Unread",
  read: "Read",
  snoozed: "Snoozed",
  archived: "Archived",
  all: "All",
};

const tabFilters: Readonly<Record<TabName, SessionFilter>> = {
  inbox: {},
  needs: { state: "ALL", reasons: ["NEEDS_APPROVAL", "NEEDS_INPUT"] },
  active: { state: "RUNNING" },
  unread: { state: "UNREAD" },
  read: { state: "READ" },
  snoozed: { state: "ALL", snoozed: true },
  archived: { state: "ALL", archived: true },
  all: { state: "ALL" },
};

/** How many sessions each tab holds. */
export type TabCounts = Readonly<Record<TabName, number>>;

/** How many sessions each tab holds, of the counts of the tabs of all and of those that ask; undefined while they are not read. */
export function tabCounts(
  every: InboxCounts | null | undefined,
  asking: InboxCounts | undefined,
): TabCounts | undefined {
  if (!every || !asking) return undefined;
  const { active, unread, read, snoozed, archived, total } = every;
  // One that asks is in the inbox even if it was read.
  const inbox = active + unread + asking.read;
  return { inbox, needs: asking.total, active, unread, read, snoozed, archived, all: total };
}

/** The list that a tab shows of what the address is narrowed to. */
export function filterOf(tab: TabName, narrowed: Pick<Address, "project" | "labels">): SessionFilter {
  return { ...tabFilters[tab], ...narrowedTo(narrowed) };
}

/** What lists and searches are narrowed to alike. */
export function narrowedTo({ project, labels }: Pick<Address, "project" | "labels">) {
  return {
    ...(project ? { projectId: project } : {}),
    ...(labels.length > 0 ? { labelsAll: [...labels] } : {}),
  };
}
