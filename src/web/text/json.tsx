import { memo } from "react";
import { Folded } from "./folded";

/** Any value as a person reads it: a text as it is, else JSON, one field a line where it is more than a line. */
export function readable(value: unknown): string {
  if (typeof value === "string") return value;
  const short = JSON.stringify(value) ?? "";
  return short.length <= 80 ? short : JSON.stringify(value, null, 2);
}

/** A value that a tool was given or gave. */
export const Json = memo(function Json({ value }: { value: unknown }) {
  return (
    <Folded text={readable(value)} lines={24} from="start">
      {(shown) => (
        <pre className="json" tabIndex={0}>
          {shown}
        </pre>
      )}
    </Folded>
  );
});
