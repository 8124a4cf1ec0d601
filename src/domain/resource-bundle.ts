import { badUserInput } from "./errors.js";
import type { JsonObject, JsonValue } from "./json-value.js";
import { isJsonObject } from "./json.js";

const bundleKeys: Record<string, "text" | "flag" | "texts" | "named" | "credential"> = {
  kind: "text",
  repoUrl: "text",
  commitId: "text",
  subdir: "text",
  sparsePaths: "texts",
  toolAliases: "named",
  promptRefs: "named",
  skillRefs: "named",
  submodules: "flag",
  lfs: "flag",
  credentialRef: "credential",
};

/**
 * Gives what may be shown of a resource bundle: ids, counts and names, with `valuesPrinted: false`. Throws
 * BAD_USER_INPUT if it has a key that a bundle does not have, or a value of the wrong kind.
 */
export function summarizeBundle(bundle: JsonObject | null, field: string): JsonObject | null {
  if (bundle === null) return null;
  for (const [key, value] of Object.entries(bundle)) checkBundleValue(key, value, `${field}.${key}`);
  const credential = bundle["credentialRef"];
  return {
    kind: bundle["kind"] ?? null,
    repoUrl: bundle["repoUrl"] ?? null,
    commitId: bundle["commitId"] ?? null,
    subdir: bundle["subdir"] ?? null,
    sparsePathCount: Array.isArray(bundle["sparsePaths"]) ? bundle["sparsePaths"].length : 0,
    toolAliases: summarizeNamed(bundle["toolAliases"]),
    promptRefs: { ...summarizeNamed(bundle["promptRefs"]), required: requiredNames(bundle["promptRefs"]) },
    skillRefs: { ...summarizeNamed(bundle["skillRefs"]), required: requiredNames(bundle["skillRefs"]) },
    submodules: bundle["submodules"] ?? false,
    lfs: bundle["lfs"] ?? false,
    credentialRef: isJsonObject(credential)
      ? {
          name: credential["name"] ?? null,
          namespace: credential["namespace"] ?? null,
          keys: credential["keys"] ?? [],
          valuesPrinted: false,
        }
      : null,
  };
}

function checkBundleValue(key: string, value: JsonValue, field: string): void {
  const kind = Object.hasOwn(bundleKeys, key) ? bundleKeys[key] : undefined;
  if (kind === undefined)
    throw badUserInput(field, `is unknown; allowed: ${Object.keys(bundleKeys).join(", ")}`);
  if (value === null) return;
  if (kind === "text" && typeof value !== "string") throw badUserInput(field, "must be a string");
  if (kind === "flag" && typeof value !== "boolean") throw badUserInput(field, "must be true or false");
  if (kind === "texts" && !isTextList(value)) throw badUserInput(field, "must be a list of strings");
  if (kind === "named" && !(Array.isArray(value) && value.every(isNamed))) {
    throw badUserInput(field, "must be a list of objects that each have a name");
  }
  if (kind === "credential" && !(isNamed(value) && isTextList(value["keys"] ?? []))) {
    throw badUserInput(field, "must be an object with a name, and keys that are strings");
  }
}

function isTextList(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isNamed(value: JsonValue): value is JsonObject & { name: string } {
  return isJsonObject(value) && typeof value["name"] === "string";
}

function named(value: JsonValue | undefined): (JsonObject & { name: string })[] {
  return Array.isArray(value) ? value.filter(isNamed) : [];
}

function summarizeNamed(value: JsonValue | undefined): JsonObject {
  const items = named(value);
  return { count: items.length, names: items.map((item) => item.name), valuesPrinted: false };
}

function requiredNames(value: JsonValue | undefined): string[] {
  return named(value)
    .filter((item) => item["required"] === true)
    .map((item) => item.name);
}
