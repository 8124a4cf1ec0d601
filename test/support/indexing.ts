import { type Look, indexTenant } from "../../src/actions/search/index-tenant.js";
import type { TenantStore } from "../../src/store/store.js";

/** Indexes all that is not indexed; gives how it then stands. */
export async function indexAll(store: TenantStore): Promise<Look> {
  for (;;) {
    const looking = indexTenant(store);
    let step = await looking.next();
    while (!step.done) step = await looking.next();
    if (step.value !== "MORE") return step.value;
  }
}
