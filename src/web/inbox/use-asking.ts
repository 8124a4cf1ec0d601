import { useEffect, useMemo } from "react";
import { type useInbox, useInputRequests } from "../../client/react.js";
import type { Address } from "../address";
import { useAttempt } from "../frame/use-attempt";
import { type Asking, useAnswering } from "../request/use-answering";

/**
 * What agents ask in the sessions of a list. A request says nothing of labels, the archive and snoozes, which change without it: it is
 * shown while the root of its session is in the list, and so are those of no session, unless labels are asked for.
 */
export function useAsking(
  list: ReturnType<typeof useInbox>,
  { project, labels }: Pick<Address, "project" | "labels">,
): Asking {
  const { sessions, hasMore, isLoadingMore, status, error } = list;
  const open = useInputRequests({ filter: project ? { projectId: project } : {} });
  const requests = useMemo(() => {
    const roots = new Set(sessions.map(({ id }) => id));
    return open.requests.filter(({ session }) =>
      session ? roots.has(session.root.id) : labels.length === 0,
    );
  }, [open.requests, sessions, labels]);
  const more = useAttempt(list.loadMore);
  // No list of those that ask is longer than what they ask.
  const wantsMore = hasMore && requests.length < open.requests.length;
  useEffect(() => {
    if (wantsMore && !isLoadingMore && !more.problem) more.attempt();
  }, [wantsMore, isLoadingMore, more.problem, more.attempt]);
  const asking = useAnswering({ ...open, requests });
  return {
    ...asking,
    isLoading: asking.isLoading || status === "loading",
    problem: asking.problem || (error?.message ?? more.problem),
    again() {
      asking.again();
      list.refresh();
      if (more.problem) more.attempt();
    },
  };
}
