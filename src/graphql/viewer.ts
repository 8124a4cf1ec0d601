import { type Viewer as ViewerState, scopes } from "../auth/viewer.js";
import { builder } from "./builder.js";

const Viewer = builder.objectRef<ViewerState>("Viewer").implement({
  description: "The caller, as its token names it.",
  fields: (t) => ({
    readerId: t.exposeString("readerId", {
      nullable: true,
      description:
        "The reader whose marks are kept for the caller; null if the token names nobody. An API key is a reader of its own, by its id.",
    }),
    tenantId: t.exposeString("tenantId", {
      description: "The tenant whose data the caller reads and writes.",
    }),
    scopes: t.stringList({
      description:
        "The scopes that the caller has, out of reader, runner and operator, in this order. An operator has all three.",
      resolve: (viewer) => scopes.filter((scope) => viewer.scopes.has(scope)),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: "The caller. No scope is needed: any valid token may ask.",
    skipTypeScopes: true,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
}));
