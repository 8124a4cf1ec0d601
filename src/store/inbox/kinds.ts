/*
 * What the sessions of a stretch are: a number of 64 bits, so that a list of few among many unread sessions passes over the others
 * without looking at them. Each reason and each state has a bit; a project, a profile and a label have two, which others may have too. So
 * a number tells for certain that a stretch holds no session of a kind, and never that it does. Where all bits are set nothing is known.
 */
import { createHash } from "node:crypto";
import { attentionReasons } from "../../domain/inbox/attention.js";
import { executionStates } from "../../domain/session.js";
import type { AddValue } from "../listing/listing.js";
import type { SessionFilter } from "./list.js";

/** The bits of what has one each; those up to the sign's are shared by the others. */
const plain: readonly string[] = [...attentionReasons, ...executionStates];
const firstShared = 16;
const shared = 63 - firstShared;

const hasBit = (value: string) =>
  `1::bigint << (array_position('{${plain.join(",")}}'::text[], ${value}::text) - 1)`;

/** The SQL of a hash of a text: the first 32 bits of its MD5, which are the same wherever and whenever it is made. */
const hash = (text: string) => `('x' || left(md5(${text}), 8))::bit(32)::bigint & 4294967295`;
const sharedBits = (text: string) =>
  `(SELECT (1::bigint << (${firstShared} + h % ${shared})::int) | (1::bigint << (${firstShared} + h / ${shared} % ${shared})::int) FROM (SELECT ${hash(text)}) AS hashed (h))`;

/** The SQL of a session's bits. */
export const kindOfSession = [
  hasBit("session.reason"),
  hasBit("session.execution_state"),
  sharedBits("'project ' || session.project_id"),
  sharedBits("'profile ' || session.backend_profile"),
  `coalesce((SELECT bit_or(${sharedBits("'label ' || label")}) FROM unnest(session.labels) AS label), 0)`,
]
  .map((bits) => `(${bits})`)
  .join(" | ");

/** The same bits of a text, as a parameter's value. */
function bitsOf(text: string): bigint {
  const hashed = BigInt(`0x${createHash("md5").update(text).digest("hex").slice(0, 8)}`);
  const bit = (place: bigint) => 1n << (BigInt(firstShared) + (place % BigInt(shared)));
  return bit(hashed) | bit(hashed / BigInt(shared));
}

function bitsOfPlain(values: readonly string[]): bigint {
  return values.reduce((bits, value) => bits | (1n << BigInt(plain.indexOf(value))), 0n);
}

/** The SQL that tells of a stretch's `kind` whether it may hold sessions of a filter; undefined where the filter says nothing of it. */
export function mayHold(filter: SessionFilter): ((add: AddValue) => string) | undefined {
  const { reasons, state, projectId, backendProfile, labelsAll, labelsAny } = filter;
  const all = [
    ...(typeof projectId === "string" ? [`project ${projectId}`] : []),
    ...(typeof backendProfile === "string" ? [`profile ${backendProfile}`] : []),
    ...(labelsAll ?? []).map((label) => `label ${label}`),
  ].reduce((bits, text) => bits | bitsOf(text), 0n);
  const anyOf = [
    ...(reasons ? [bitsOfPlain(reasons)] : []),
    ...(state === "IDLE" || state === "TERMINAL" ? [bitsOfPlain([state])] : []),
  ];
  if (all === 0n && anyOf.length === 0 && !labelsAny) return undefined;
  return (add) => {
    const has = (bits: bigint) => {
      const value = add(String(bits), "bigint");
      return `kind & ${value} = ${value}`;
    };
    return [
      ...(all === 0n ? [] : [has(all)]),
      ...anyOf.map((bits) => `kind & ${add(String(bits), "bigint")} <> 0`),
      ...(labelsAny
        ? [`(${labelsAny.map((label) => has(bitsOf(`label ${label}`))).join(" OR ") || "false"})`]
        : []),
    ].join(" AND ");
  };
}
