/** Which sessions a list holds for its reader: DEFAULT is active or unread, what a person has to look at. */
export const listStates = ["DEFAULT", "ALL", "RUNNING", "UNREAD", "READ", "TERMINAL", "IDLE"] as const;

/** One of {@link listStates}. */
export type ListState = (typeof listStates)[number];

/** In which order a list of sessions comes. */
export const sessionOrders = ["ATTENTION", "LAST_ACTIVITY", "CREATED"] as const;

/** One of {@link sessionOrders}. */
export type SessionOrder = (typeof sessionOrders)[number];
