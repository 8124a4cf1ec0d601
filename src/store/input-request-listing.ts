import type { InputRequestKind, InputRequestState } from "../domain/input-request.js";
import type { FollowedList } from "./listing/changes.js";
import { requestColumns } from "./input-request.js";
import { type Listing, conditions } from "./listing/listing.js";
import { amongRows } from "./listing/narrow.js";
import { idsOfTree } from "./session-tree.js";

/** Which requests a list holds; null does not narrow it. */
export interface RequestFilter {
  /** Sorted and without repeats. */
  states: readonly InputRequestState[] | null;
  kinds: readonly InputRequestKind[] | null;
  projectId: string | null;
  sessionId: string | null;
  /** Only the session's own, none of those below it. Default: all of its tree. */
  alone?: true;
  runId: string | null;
}

/** The conditions of a filter on what never changes of a request. */
function lastingRequestConditions({ kinds, projectId, sessionId, alone, runId }: RequestFilter) {
  return conditions(
    ["input_request.kind = ANY(?::input_request_kind[])", kinds],
    ["input_request.project_id = ?", projectId],
    [`input_request.session_id = ${alone ? "?" : `ANY(${idsOfTree("?::text")})`}`, sessionId],
    ["input_request.run_id = ?", runId],
  );
}

/**
 * Lists requests. Open ones alone come by when they expire, then by when they were asked; the others newest first. There is one
 * list for each run, or for each session, alone or with its tree, if that is said.
 */
export function requestListing(filter: RequestFilter, parent?: "session_id" | "run_id" | "tree"): Listing {
  const { states } = filter;
  const isOpen = states?.length === 1 && states[0] === "OPEN";
  const state = isOpen
    ? [{ sql: "input_request.state = 'OPEN'" }]
    : conditions(["input_request.state = ANY(?::input_request_state[])", states]);
  const list = {
    table: "input_request",
    columns: requestColumns,
    ...(parent === "tree"
      ? { parentCondition: `input_request.session_id = ANY(${idsOfTree("parent.id")})` }
      : {}),
    ...(parent && parent !== "tree" ? { parentColumn: parent } : {}),
    where: [...state, ...lastingRequestConditions(filter)],
    ...(parent ? {} : waysOf(filter)),
  } as const;
  const byTime = [
    { field: "requestedAt", type: "timestamptz" },
    { field: "id", type: "text" },
  ] as const;
  if (!isOpen) return { ...list, order: byTime, direction: "desc" };
  return { ...list, order: [{ field: "dueAt", type: "timestamptz" }, ...byTime], direction: "asc" };
}

/** One state is an index range of its own, in the list's order; several are as many. */
function waysOf({ states, kinds, projectId, sessionId, runId }: RequestFilter) {
  const request = { table: "input_request", order: "requested_at", isListed: true } as const;
  const ofTree = (id: string) => ({
    sql: `SELECT one.id FROM unnest(${idsOfTree("?::text")}) AS member (id) CROSS JOIN LATERAL (
      SELECT id FROM input_request WHERE tenant_id = :tenantId AND session_id = member.id ORDER BY requested_at) AS one`,
    value: id,
  });
  const state = "input_request.state = ?::input_request_state";
  return {
    ...(states && states.length > 1
      ? { alternatives: states.map((value) => ({ where: [{ sql: state, value }] })) }
      : {}),
    narrowings: [
      ...(states ? [amongRows({ ...request, column: "state", type: "input_request_state" }, states)] : []),
      ...(kinds ? [amongRows({ ...request, column: "kind", type: "input_request_kind" }, kinds)] : []),
      ...(projectId === null ? [] : [amongRows({ ...request, column: "project_id" }, [projectId])]),
      ...(runId === null ? [] : [amongRows({ ...request, column: "run_id", order: "event_seq" }, [runId])]),
      ...(sessionId === null ? [] : [ofTree(sessionId)]),
    ],
  };
}

/** The list of requests as it is followed: their state changes, nothing else that a filter asks of them, and at last they are removed. */
export function followedRequests(filter: RequestFilter): FollowedList {
  const listing = requestListing(filter);
  return {
    // From its beginning in an order that goes up: what is asked later comes with the changes.
    listing: { ...listing, direction: "asc" },
    lasting: lastingRequestConditions(filter),
    listed: conditions(["input_request.state = ANY(?::input_request_state[])", filter.states]),
    removed: {
      table: "removed_request",
      lasting: conditions(
        ["gone.kind = ANY(?::input_request_kind[])", filter.kinds],
        ["gone.project_id = ?", filter.projectId],
        [
          filter.alone ? "gone.asked_in[cardinality(gone.asked_in)] = ?" : "gone.asked_in @> ARRAY[?::text]",
          filter.sessionId,
        ],
        ["gone.asked_by = ?", filter.runId],
      ),
    },
    completeFrom: "removed_request_version",
  };
}
