import type { Log, Reading } from "../log.js";

/** Where a reading ends. */
export interface Place<Position> {
  position: Position;
  /** True if nothing was stored after it. */
  atEnd: boolean;
  /** True if nothing will come after it. */
  ended: boolean;
}

/** Where a reading that began after a position ends: never before it, however old what it saw was. */
export function placeOf<Item, Position>(
  { reaches }: Log<Item, Position>,
  reading: Reading<Item, Position>,
  from: Position,
): Place<Position> {
  const position = reaches(reading.position, from) ? reading.position : from;
  const atEnd = reading.lastPosition !== undefined && reaches(position, reading.lastPosition);
  return { position, atEnd, ended: reading.ended && atEnd };
}

/** True if neither position is before the other. */
export function isSame<Item, Position>(
  { reaches }: Log<Item, Position>,
  position: Position,
  other: Position,
): boolean {
  return position === other || (reaches(position, other) && reaches(other, position));
}
