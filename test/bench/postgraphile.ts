import { typenameBody } from "./operations.js";
import type { CaseName } from "./read-cases.js";
import { idOf, readerId, tenantId } from "./rows.js";

/** A case in the words of another schema, and its answer in those of the service. */
export interface Translation {
  body: string;
  translate(answer: unknown): unknown;
}

interface SessionRow {
  rowId: string;
  name: string;
  title: string;
  executionState: string;
  lastActivityAt: string;
  version: string;
}

interface ListedRow extends SessionRow {
  active: boolean;
  reason: string;
  lastRun: { rowId: string; status: string } | null;
  lastCommand: { rowId: string; state: string } | null;
  marks: { nodes: { readVersion: string | null }[] };
}

interface EventRow {
  runId: string;
  seq: number;
  type: string;
  payload: unknown;
  createdAt: string;
}

/**
 * What PostGraphile's schema, which follows the tables, can be asked. It has no field for who asks, and what is unread and the figures
 * of an inbox would be functions of the database, written for it by hand.
 */
export const translations: Partial<Record<CaseName, Translation>> = {
  typename: { body: typenameBody, translate: (answer) => answer },
  node: {
    body: bodyOf(
      `query Node($tenantId: String!, $id: String!) { sessionByTenantIdAndRowId(tenantId: $tenantId, rowId: $id) {
        rowId name title executionState lastActivityAt version } }`,
      { id: idOf("ses", 1) },
    ),
    translate: (answer) => {
      const { data } = answer as { data: { sessionByTenantIdAndRowId: SessionRow } };
      return { data: { node: sessionOf(data.sessionByTenantIdAndRowId) } };
    },
  },
  sessions: {
    body: bodyOf(
      `query Sessions($tenantId: String!, $readerId: String!) {
        allSessions(first: 20, condition: { tenantId: $tenantId }, orderBy: [LAST_ACTIVITY_AT_DESC, UPDATED_AT_DESC, ROW_ID_DESC]) {
          nodes { rowId name title executionState lastActivityAt version active reason
            lastRun { rowId status } lastCommand { rowId state }
            marks: readerMarksByTenantIdAndSessionId(first: 1, condition: { readerId: $readerId }) { nodes { readVersion } } }
          pageInfo { hasNextPage endCursor } } }`,
      { readerId },
    ),
    translate: (answer) => {
      const { data } = answer as { data: { allSessions: { nodes: ListedRow[]; pageInfo: unknown } } };
      const { nodes, pageInfo } = data.allSessions;
      return { data: { sessions: { nodes: nodes.map(listedOf), pageInfo } } };
    },
  },
  events: {
    body: bodyOf(
      `query Events($tenantId: String!, $id: String!) { runByTenantIdAndRowId(tenantId: $tenantId, rowId: $id) {
        events(first: 100, orderBy: SEQ_ASC) { nodes { runId seq type payload createdAt } pageInfo { hasNextPage endCursor } } } }`,
      { id: idOf("run", 1) },
    ),
    translate: (answer) => {
      const { data } = answer as {
        data: { runByTenantIdAndRowId: { events: { nodes: EventRow[]; pageInfo: unknown } } };
      };
      const { nodes, pageInfo } = data.runByTenantIdAndRowId.events;
      return { data: { run: { events: { nodes: nodes.map(eventOf), pageInfo } } } };
    },
  },
};

function bodyOf(query: string, variables: Record<string, string>): string {
  return JSON.stringify({ query, variables: { tenantId, ...variables } });
}

function sessionOf({ rowId, name, title, executionState, lastActivityAt, version }: SessionRow) {
  return { id: rowId, sessionId: name, title, executionState, lastActivityAt, version: Number(version) };
}

function listedOf({ active, reason, lastRun, lastCommand, marks, ...row }: ListedRow) {
  const session = sessionOf(row);
  const readVersion = marks.nodes[0]?.readVersion ? Number(marks.nodes[0].readVersion) : null;
  const isRead = readVersion !== null && readVersion >= session.version;
  const state = active ? "ACTIVE" : isRead ? "READ" : "UNREAD";
  return {
    ...session,
    lastRun: lastRun && { id: lastRun.rowId, status: lastRun.status },
    lastCommand: lastCommand && { id: lastCommand.rowId, state: lastCommand.state },
    attention: { state, reason, readVersion },
  };
}

function eventOf({ runId, seq, type, payload, createdAt }: EventRow) {
  return { id: `evt_${runId.slice(4)}${seq.toString(16).padStart(8, "0")}`, seq, type, payload, createdAt };
}
