import { builder } from "../builder.js";

/** Makes an enum whose values are the domain's own words, each with a description. */
export function enumOf<const Words extends readonly string[]>(
  name: string,
  description: string,
  _words: Words,
  descriptions: Record<Words[number], string>,
) {
  const values = Object.fromEntries(
    Object.entries<string>(descriptions).map(([word, text]) => [word, { description: text }]),
  ) as Record<Words[number], { description: string }>;
  return builder.enumType(name, { description, values });
}
