/** Which sessions a list holds for its reader. DEFAULT is what a person has to look at: active or unread. */
export const listStates = ["DEFAULT", "ALL", "RUNNING", "UNREAD", "READ", "TERMINAL", "IDLE"] as const;

/** One of {@link listStates}. */
export type ListState = (typeof listStates)[number];

/** Which sessions of a tree a list holds. */
export const sessionLevels = ["ROOTS", "ALL"] as const;

/** The orders in which a list of sessions can come. */
export const sessionOrders = ["ATTENTION", "LAST_ACTIVITY", "CREATED"] as const;

/** One of {@link sessionOrders}. */
export type SessionOrder = (typeof sessionOrders)[number];
