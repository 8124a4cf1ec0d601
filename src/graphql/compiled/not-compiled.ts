/** Thrown where an operation asks for what is not compiled. */
export class NotCompiled extends Error {}
