import { errors } from "jose";
import { AgentRunError } from "../domain/errors.js";

/** Makes an UNAUTHENTICATED error for a caller that may know why. The message must repeat nothing of the token. */
export function unauthenticated(message: string): AgentRunError {
  return new AgentRunError(message, { code: "UNAUTHENTICATED" });
}

/** Makes an UNAUTHENTICATED error for a token that proves nothing. Say why only if its signature was right. */
export function notValid(why?: string): AgentRunError {
  return unauthenticated(why ? `the token is not valid: ${why}` : "the token is not valid");
}

/** Tells whether the signature was right and a claim is what was refused. */
export function isAboutClaims(error: unknown): error is errors.JWTExpired | errors.JWTClaimValidationFailed {
  return error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
}

/** Makes the refusal that a caller gets for an error of verifying. A refusal is given back as it is. */
export function refusalOf(error: unknown): AgentRunError {
  if (error instanceof AgentRunError) return error;
  if (isAboutClaims(error)) return claimRefusal(error);
  const refusal = notValid();
  // A key that jose will not use (RSA under 2,048 bits) is a TypeError. That is the issuer's fault, so the log should
  // know.
  if (!(error instanceof errors.JOSEError)) refusal.cause = error;
  return refusal;
}

function claimRefusal(error: errors.JWTExpired | errors.JWTClaimValidationFailed): AgentRunError {
  if (error instanceof errors.JWTExpired) return unauthenticated("the token has expired");
  if (error.claim === "nbf" && error.reason === "check_failed") {
    return unauthenticated("the token may not be used yet");
  }
  return notValid(`its claim "${error.claim}" is ${error.reason === "missing" ? "missing" : "not accepted"}`);
}
