import { type Viewer as ViewerState, scopes } from "../auth/viewer.js";
import { builder } from "./builder.js";

const Viewer = builder.objectRef<ViewerState>("Viewer").implement({
  description: "Who calls.",
  fields: (t) => ({
    readerId: t.exposeString("readerId", {
      nullable: true,
      description: "Whose reading is kept; null where the token names nobody.",
    }),
    tenantId: t.exposeString("tenantId", {
      description: "The tenant whose rows the caller sees and writes.",
    }),
    scopes: t.stringList({
      description: "What the caller may do: reader, runner, operator. An operator has all three.",
      resolve: (viewer) => scopes.filter((scope) => viewer.scopes.has(scope)),
    }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: "Who calls. Any valid token may ask.",
    skipTypeScopes: true,
    resolve: (_root, _args, { viewer }) => viewer,
  }),
}));
