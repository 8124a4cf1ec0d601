/** What a follower waits for and a write wakes: news about something of a tenant. It carries no data. */
export type Topic = string;

/** Tells followers that these topics have news; called after a commit, and only a hint. */
export type Wake = (topics: Iterable<Topic>) => void;

/** The topic of a session or run; its id's prefix says which. */
export function topicOf(tenantId: string, id: string): Topic {
  return `${tenantId}/${id}`;
}

/** The topic of everything that alters how the tenant's sessions stand with their readers. */
export function sessionsTopic(tenantId: string): Topic {
  return `${tenantId}/sessions`;
}

/** The topic of what one reader marks. */
export function readerTopic(tenantId: string, readerId: string): Topic {
  return `${tenantId}/reader/${readerId}`;
}

/** The topic of the tenant's queue tasks. */
export function queueTopic(tenantId: string): Topic {
  return `${tenantId}/queue`;
}
