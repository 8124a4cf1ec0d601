import { expect, it } from "vitest";
import { meaningOf } from "../../src/web/request/answer.js";

const approval = (label: string, decision: "APPROVED" | "DENIED" | null = null) =>
  meaningOf({ kind: "APPROVAL", choice: { label, decision } });

it("a choice means what its agent says, whatever its label", () => {
  expect(approval("No-cache rebuild", "APPROVED")).toBe("APPROVED");
  expect(approval("Yes", "DENIED")).toBe("DENIED");
  expect(meaningOf({ kind: "QUESTION", choice: { label: "No", decision: null } })).toBe("ANSWERED");
});

it("a label is yes or no where it is nothing else", () => {
  for (const label of ["Yes", " allow ", "APPROVE", "Accept"]) expect(approval(label)).toBe("APPROVED");
  for (const label of ["No", "deny", "Decline", "Reject", "Refuse "]) expect(approval(label)).toBe("DENIED");
});

it("a label that begins with such a word says nothing", () => {
  const labels = ["No-cache rebuild", "No, use the cache", "Stop the old one first", "Cancel the booking"];
  for (const label of [...labels, "Allowlist it", "Yesterday's build", "Continue without tests", ""])
    expect(approval(label)).toBeUndefined();
});
