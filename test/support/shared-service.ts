/*
 * What the tests of a file share. It is there from before the first test until after the last: what is asked of it earlier, while
 * the file is read, is undefined.
 */
import { afterAll, beforeAll } from "vitest";
import type { TenantStore } from "../../src/store/store.js";
import { openNode } from "./node.js";
import { type TestService, startService } from "./start-service.js";

/** Starts a service before the first test of the file, and closes it after the last. */
export function shareService(...options: Parameters<typeof startService>): TestService {
  const shared = {} as TestService;
  beforeAll(async () => void Object.assign(shared, await startService(...options)));
  afterAll(() => shared.close());
  return shared;
}

/** Opens one more node on the database of a shared service, with a tenant's store. */
export function shareNode(service: TestService): TenantStore {
  const shared = {} as TenantStore;
  beforeAll(() => void Object.assign(shared, openNode(service)));
  afterAll(() => shared.pool.end());
  return shared;
}
