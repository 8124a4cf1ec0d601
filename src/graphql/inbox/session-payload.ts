import { notFound } from "../../domain/errors.js";
import { countInbox } from "../../store/inbox/counts.js";
import type { SessionFilter } from "../../store/inbox/list.js";
import { builder } from "../builder.js";
import { loadSession } from "../reading/loads.js";
import { Session } from "../session.js";
import { InboxCounts } from "./counts.js";

/** The description of each argument `ifVersion`. */
export const ifVersionArg =
  "The changeVersion of the session's attention that the caller saw: PRECONDITION_FAILED, with the expected and the actual one in details, if it is another one by now. What would change nothing succeeds whatever it is. Default: it is changed as it is.";

/** The filter of a list that is given none. */
export const everything: SessionFilter = { state: "DEFAULT" };

export const SessionPayload = builder
  .objectRef<{ sessionId: string; readerId: string | null }>("SessionPayload")
  .implement({
    description: "The result of marking or editing one session.",
    fields: (t) => ({
      session: t.field({
        type: Session,
        description: "The session as it is now.",
        resolve: async ({ sessionId }, _args, context) => {
          const session = await loadSession(context, sessionId);
          if (!session) throw notFound("session", sessionId);
          return session;
        },
      }),
      counts: t.field({
        type: InboxCounts,
        description:
          "How all sessions of the tenant stand with the reader now; of an edit, with the caller's reader.",
        resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
      }),
    }),
  });
