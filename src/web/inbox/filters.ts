import type { SessionFilter } from "../../client/client.js";
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

/** The list that a tab shows of what the address is narrowed to. */
export function filterOf(
  tab: TabName,
  { project, labels }: Pick<Address, "project" | "labels">,
): SessionFilter {
  return {
    ...tabFilters[tab],
    ...(project ? { projectId: project } : {}),
    ...(labels.length > 0 ? { labelsAll: [...labels] } : {}),
  };
}
