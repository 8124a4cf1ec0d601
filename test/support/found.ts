/** What was looked for. Throws if it is not there. */
export function found<Thing>(thing: Thing | null | undefined): Thing {
  if (thing === null || thing === undefined) throw new Error("nothing was found");
  return thing;
}
