import { findAssignments } from "./assignments.js";
import { findCommandSecrets } from "./command-lines.js";
import { findHeaders } from "./headers.js";
import { findPrivateKeys } from "./private-keys.js";
import { findFormats } from "./secret-formats.js";
import type { Span } from "./span.js";
import { findUrlSecrets } from "./urls.js";

/** The least length of a text that can hold a name, a sign and a value, and of a secret with neither name nor sign. */
const textMin = 8;
const bareMin = 16;

const finders = [
  findFormats,
  findAssignments,
  findHeaders,
  findUrlSecrets,
  findCommandSecrets,
  findPrivateKeys,
];

/**
 * Finds every stretch of a text that holds a secret, in no order. They may overlap. Time grows linearly with the text.
 */
export function findSecrets(text: string): Span[] {
  if (text.length < textMin || (text.length < bareMin && !/[\s:=]/.test(text))) return [];
  return finders.flatMap((find) => find(text));
}
