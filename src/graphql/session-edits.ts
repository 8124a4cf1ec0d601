import { deleteSession } from "../actions/delete-session.js";
import { updateSession } from "../actions/edit-session.js";
import { maxMessageLength } from "../domain/text.js";
import {
  type SessionLink as Link,
  maxLabelLength,
  maxLabels,
  maxLinks,
  maxTitleLength,
  sessionLinkKinds,
} from "../domain/session-edit.js";
import { badUserInput } from "../domain/errors.js";
import { maxPageSize } from "../domain/page.js";
import { checkCharacters, checkOptionalName } from "../domain/text.js";
import { countInbox } from "../store/inbox/counts.js";
import { findLabels, findProjects } from "../store/session-names.js";
import { builder } from "./builder.js";
import { enumOf } from "./enums/enum-of.js";
import { InboxCounts } from "./inbox/counts.js";
import { SessionPayload, everything, ifVersionArg } from "./inbox/session-payload.js";
import { Session, SessionRef } from "./session.js";

const SessionLinkKind = enumOf("SessionLinkKind", "What a link of a session leads to.", sessionLinkKinds, {
  PULL_REQUEST: "A pull request or merge request.",
  ISSUE: "An issue or a ticket.",
  BRANCH: "A branch of a repository.",
  PREVIEW: "A running preview of what was made.",
  DASHBOARD: "A dashboard.",
  DOCUMENT: "A document.",
  OTHER: "Anything else.",
});

const SessionLink = builder.objectRef<Link>("SessionLink").implement({
  description: "Something elsewhere that a session is about, or has made.",
  fields: (t) => ({
    url: t.exposeString("url", { description: "Where it is: an http or https URL." }),
    label: t.exposeString("label", {
      nullable: true,
      description: "What it is called; null if it was given no name.",
    }),
    kind: t.expose("kind", { type: SessionLinkKind, description: "What it is." }),
    state: t.exposeString("state", {
      nullable: true,
      description: "How it stands there, in its own words, such as merged; null if that was not told.",
    }),
  }),
});

builder.objectFields(Session, (t) => ({
  labels: t.exposeStringList("labels", {
    description: "The labels that people and agents gave the session, in lower case and in their order.",
  }),
  links: t.field({
    type: [SessionLink],
    description: "What the session is about, or has made, elsewhere, in the order in which it was sent.",
    resolve: ({ links }) => [...links],
  }),
}));

const SessionLinkInput = builder.inputType("SessionLinkInput", {
  description: "Something elsewhere that a session is about, or has made.",
  fields: (t) => ({
    url: t.string({ required: true, description: "An http or https URL of at most 2,048 characters." }),
    label: t.string({ description: "What it is called, 1 to 200 characters. Default: nothing." }),
    kind: t.field({ type: SessionLinkKind, defaultValue: "OTHER", description: "What it is." }),
    state: t.string({
      description: "How it stands there, in its own words, 1 to 200 characters. Default: nothing.",
    }),
  }),
});

const UpdateSessionInput = builder.inputType("UpdateSessionInput", {
  description: "What to change of a session. What is left out stays as it is.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: "The session." }),
    title: t.string({
      description: `What it is called, 1 to ${maxTitleLength} characters, with secrets redacted. It wins over metadata.title, and that over prompts. null gives the title back to these. A title that a reader gave is not changed by a caller that has the scope runner alone.`,
    }),
    addLabels: t.stringList({
      description: `Labels to add, each of 1 to ${maxLabelLength} characters without a secret, which are trimmed and put in lower case. A session has at most ${maxLabels}.`,
    }),
    removeLabels: t.stringList({ description: "Labels to remove, also where they are added too." }),
    links: t.field({ type: [SessionLinkInput], description: `All links anew, at most ${maxLinks}.` }),
    metadata: t.field({
      type: "JSON",
      description:
        "A merge patch (RFC 7396) of the metadata: a JSON object whose keys are set, or removed where they are null. The result has at most 256 KiB.",
    }),
    expiresAt: t.field({
      type: "DateTime",
      description:
        "When the session expires; null: never. A session that has expired lives on with a later instant.",
    }),
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
  }),
});

const DeleteSessionInput = builder.inputType("DeleteSessionInput", {
  description: "A session to delete.",
  fields: (t) => ({
    session: t.field({ type: SessionRef, required: true, description: "The session." }),
    cancelRunning: t.boolean({
      defaultValue: false,
      description: "True to cancel what still works in it and below it; otherwise that is a CONFLICT.",
    }),
    ifVersion: t.field({ type: "SafeInt", description: ifVersionArg }),
  }),
});

const DeleteSessionPayload = builder
  .objectRef<{ deletedId: string; readerId: string | null }>("DeleteSessionPayload")
  .implement({
    description: "The result of deleteSession.",
    fields: (t) => ({
      deletedId: t.exposeID("deletedId", { description: "The id of the session that was deleted." }),
      counts: t.field({
        type: InboxCounts,
        description: "How all sessions of the tenant stand with the caller's reader now.",
        resolve: ({ readerId }, _args, { store }) => countInbox(store, everything, readerId),
      }),
    }),
  });

builder.mutationFields((t) => ({
  updateSession: t.field({
    type: SessionPayload,
    description:
      "Edits a session's title, labels, links, metadata and end, all or nothing. It moves updatedAt and the changeVersion, and neither the version nor lastActivityAt: an edit is no news. Needs the scope reader or runner. NOT_FOUND if there is no such session.",
    args: {
      input: t.arg({ type: UpdateSessionInput, required: true, description: "The session and its changes." }),
    },
    resolve: async (_root, { input }, context) => ({
      sessionId: await updateSession(context, input),
      readerId: context.viewer.readerId,
    }),
  }),
  deleteSession: t.field({
    type: DeleteSessionPayload,
    description:
      "Deletes a session and all below it. At once they are gone from every list and under every name, followers are told their ids as removed, and event streams complete; what belonged to them is removed within a minute. Needs the scope operator. NOT_FOUND if there is no such session, CONFLICT while something works in it or below it, unless cancelRunning is true.",
    args: {
      input: t.arg({ type: DeleteSessionInput, required: true, description: "The session to delete." }),
    },
    resolve: async (_root, { input }, context) => ({
      deletedId: await deleteSession(context, { ...input, cancelRunning: input.cancelRunning ?? false }),
      readerId: context.viewer.readerId,
    }),
  }),
}));

/** How many names `sessionLabels` and `sessionProjects` give if nothing is said. */
const defaultNames = 50;

function checkNames(first: number | null | undefined): number {
  const limit = first ?? defaultNames;
  if (limit < 0 || limit > maxPageSize) throw badUserInput("first", `must be from 0 to ${maxPageSize}`);
  return limit;
}

builder.queryFields((t) => ({
  sessionLabels: t.stringList({
    description: "The labels that sessions have, in their order. A session that has expired does not count.",
    args: {
      first: t.arg.int({
        defaultValue: defaultNames,
        description: `Gives this many labels, 0 to ${maxPageSize}.`,
      }),
      prefix: t.arg.string({ description: "Only labels that begin so; upper and lower case are the same." }),
      projectId: t.arg.string({ description: "Only labels of sessions of this project." }),
    },
    resolve: async (_root, { first, prefix, projectId }, { store }) => {
      const limit = checkNames(first);
      if (prefix && prefix.length > maxMessageLength) throw badUserInput("prefix", "is too long");
      return findLabels(store, {
        limit,
        prefix: checkCharacters((prefix ?? "").toLowerCase(), "prefix"),
        projectId: checkOptionalName(projectId, "projectId"),
      });
    },
  }),
  sessionProjects: t.stringList({
    description:
      "The projects of sessions, in the order of their names, as the database compares them. A session that has expired does not count.",
    args: {
      first: t.arg.int({
        defaultValue: defaultNames,
        description: `Gives this many projects, 0 to ${maxPageSize}.`,
      }),
      after: t.arg.string({
        description: "Only projects that come after this name. Default: from the first one on.",
      }),
    },
    resolve: (_root, { first, after }, { store }) =>
      findProjects(store, { limit: checkNames(first), after: checkOptionalName(after, "after") ?? "" }),
  }),
}));
