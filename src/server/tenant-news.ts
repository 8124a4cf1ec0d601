import { type Topic, tenantsOfTopic } from "../domain/topic.js";

/** How many tenants are remembered. With news of more all are looked at. */
const maxTenants = 1_000;

/** Remembers in which tenants something was written since it was last asked. */
export class TenantNews {
  #tenants: Set<string> | null = null;

  /** Notes that these topics have news; null if nobody knows which. */
  hear(topics: Iterable<Topic> | null): void {
    if (topics === null) this.#tenants = null;
    else for (const topic of topics) this.add(tenantsOfTopic(topic));
  }

  /** Notes that these tenants have news. */
  add(tenants: Iterable<string>): void {
    if (this.#tenants === null) return;
    for (const tenant of tenants) this.#tenants.add(tenant);
    if (this.#tenants.size > maxTenants) this.#tenants = null;
  }

  /** Gives those that have news, and forgets them; null if it may be any, as it is at first. */
  take(): string[] | null {
    const tenants = this.#tenants && [...this.#tenants];
    this.#tenants = new Set();
    return tenants;
  }
}
