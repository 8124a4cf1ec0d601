import { useEffect, useState } from "react";
import { Icon, type IconName } from "../icon";

interface CopyButtonProps {
  /** What is copied; it is made when it is asked for. */
  text: () => string;
  label: string;
  icon?: IconName;
}

/** Copies a text. Rejects where the browser does not let it, as on a page that came over plain HTTP from another machine. */
export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}

/** Copies a text, and says that it did. */
export function CopyButton({ text, label, icon = "copy" }: CopyButtonProps) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (!said) return;
    const timer = setTimeout(() => setSaid(""), 2_000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = () => {
    copyText(text()).then(
      () => setSaid("Copied"),
      () => setSaid("Not copied"),
    );
  };
  return (
    <button type="button" className="icon-button" title={said || label} aria-label={label} onClick={copy}>
      <Icon name={said === "Copied" ? "check" : icon} />
      <span className="for-readers" role="status">
        {said}
      </span>
    </button>
  );
}
