import type { TimelineFieldsFragment } from "../../generated/client/graphql.js";

/** An event of a session. Tell the types by `__typename`. */
export type TimelineEvent = TimelineFieldsFragment;

/** An event of one type. */
export type EventOf<Name extends TimelineEvent["__typename"]> = Extract<TimelineEvent, { __typename: Name }>;
