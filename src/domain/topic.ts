/**
 * Names something of a tenant that can have news. A follower waits for a topic, and a write wakes it. It carries no
 * data.
 */
export type Topic = string;

/**
 * Tells followers that these topics have news. It is called after a commit and is only a hint. `fresh` are those of them whose news
 * this node keeps in memory (see store/event-log/fresh-events.ts). Default: none.
 */
export type Wake = (topics: Iterable<Topic>, fresh?: ReadonlySet<Topic>) => void;

/** The topic of a session or run. The prefix of its id tells which of the two it is. */
export function topicOf(tenantId: string, id: string): Topic {
  return `${tenantId}/${id}`;
}

/** The topic of the text that is being made in a session or run. Who follows its events alone is not woken by it. */
export function deltasTopic(tenantId: string, id: string): Topic {
  return `${topicOf(tenantId, id)}${deltas}`;
}
const deltas = "/deltas";

/**
 * The tenants of which a topic may be: what stands before each of its slashes, since a tenant's name may have some too. None for
 * deltas, of which nothing is stored.
 */
export function tenantsOfTopic(topic: Topic): string[] {
  const tenants: string[] = [];
  if (topic.endsWith(deltas)) return tenants;
  for (let at = topic.indexOf("/"); at >= 0; at = topic.indexOf("/", at + 1))
    tenants.push(topic.slice(0, at));
  return tenants;
}

/** The topic of every change to how the tenant's sessions stand with their readers. */
export function sessionsTopic(tenantId: string): Topic {
  return `${tenantId}/sessions`;
}

/** The topic of one reader's own marks: read, unread, archived, snoozed or pinned. */
export function readerTopic(tenantId: string, readerId: string): Topic {
  return `${tenantId}/reader/${readerId}`;
}

/** The topic of the tenant's queue tasks. */
export function queueTopic(tenantId: string): Topic {
  return `${tenantId}/queue`;
}

/** The topic of the tenant's input requests. */
export function requestsTopic(tenantId: string): Topic {
  return `${tenantId}/requests`;
}
