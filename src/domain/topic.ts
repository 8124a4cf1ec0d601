/** What a follower waits for and a write wakes: news about one session or run of a tenant. It carries no data. */
export type Topic = string;

/** The topic of a session or run; its id's prefix says which. */
export function topicOf(tenantId: string, id: string): Topic {
  return `${tenantId}/${id}`;
}
