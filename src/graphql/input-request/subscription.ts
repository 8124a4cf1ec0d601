import { requestsTopic } from "../../domain/topic.js";
import { type RequestFilter, followedRequests, requestListing } from "../../store/input-request-listing.js";
import type { Changed } from "../../store/listing/changes.js";
import type { InputRequestRow } from "../../store/row.js";
import { builder } from "../builder.js";
import { type Sent, sentOrFailure } from "../following/feed.js";
import { listFeed } from "../following/list-feed.js";
import { openPage } from "../reading/page.js";
import { InputRequestFilter, takeRequestFilter } from "./list.js";
import { InputRequest } from "./request.js";

type RequestBatch = Sent<Changed<InputRequestRow>> & { filter: RequestFilter };

const InputRequestBatch = builder.objectRef<RequestBatch>("InputRequestBatch").implement({
  description: "What agents ask of people, and what became of it. Each request comes once, as it is now.",
  fields: (t) => ({
    requests: t.field({
      type: [InputRequest],
      description: "The requests that match the filter.",
      resolve: ({ items }) => items.filter(({ listed }) => listed).map(({ row }) => row),
    }),
    removedIds: t.idList({
      description:
        "The ids of changed requests that are in none of the filter's states now, and of those that were removed with their run or session. They need not have been sent before.",
      resolve: ({ items }) => items.filter(({ listed }) => !listed).map(({ row }) => row.id),
    }),
    totalCount: t.int({
      description: "How many requests match the filter now.",
      resolve: async ({ filter }, _args, context) => {
        const page = await openPage<InputRequestRow>(context, requestListing(filter), { first: 0 });
        return page.totalCount();
      },
    }),
    cursor: t.exposeString("cursor", {
      description:
        "The place of this batch. Sent as `after` with the same filter, it makes a new subscription go on after this batch.",
    }),
    caughtUp: t.exposeBoolean("caughtUp", {
      description:
        "True once everything that was stored when the subscription began has been sent, this batch included.",
    }),
  }),
});

builder.subscriptionFields((t) => ({
  inputRequests: t.field({
    type: InputRequestBatch,
    description:
      "Sends what agents ask of people and what becomes of it. Without a cursor it begins with the requests that match now. With a cursor it begins with those that have changed after it; each comes once, as it is now. Then every change follows. A batch has at most 100 requests. The first batch comes at once, even if it is empty, and the subscription stays open. If it cannot go on, it ends with UNAVAILABLE; resume it after the error's details.cursor, and nothing is left out.",
    args: {
      filter: t.arg({
        type: InputRequestFilter,
        description: "Which requests are followed. Default: all that are open.",
      }),
      after: t.arg.string({
        description:
          "The cursor of an earlier batch of the same filter; BAD_USER_INPUT if it is another, or if requests were removed since, over an hour ago (`details.reason: cursor-too-old`): then subscribe without it. Default: from the requests as they are now.",
      }),
    },
    subscribe: async (_root, args, context) => {
      const filter = await takeRequestFilter(context, args.filter);
      return listFeed<InputRequestRow, { filter: RequestFilter }>(context, {
        name: "inputRequests",
        noun: "requests",
        list: followedRequests(filter),
        topic: requestsTopic(context.store.tenantId),
        after: args.after ?? null,
        facts: { filter },
      });
    },
    resolve: sentOrFailure,
  }),
}));
