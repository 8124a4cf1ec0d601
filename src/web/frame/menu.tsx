import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Icon, type IconName } from "../icon";

interface MenuProps {
  icon: IconName;
  label: string;
  /** The shortcut that opens it, as the title tells. */
  hint?: string;
  isDisabled?: boolean;
  children: (close: () => void) => ReactNode;
  /** Opened from outside, as by a key; it says so when it closes. */
  isOpen?: boolean;
  onOpenChange?: (isOpen: boolean) => void;
}

/** A button that opens a list of others. Escape and a press elsewhere close it. */
export function Menu({ icon, label, hint, isDisabled, children, isOpen, onOpenChange }: MenuProps) {
  const [ownOpen, setOwnOpen] = useState(false);
  const open = isOpen ?? ownOpen;
  const setOpen = onOpenChange ?? setOwnOpen;
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    box.current?.querySelector<HTMLElement>(".menu-items button, .menu-items input")?.focus();
    const onPress = ({ target }: PointerEvent) => {
      if (!box.current?.contains(target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", onPress);
    return () => removeEventListener("pointerdown", onPress);
  }, [open, setOpen]);
  const close = () => {
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = [...(box.current?.querySelectorAll<HTMLElement>(".menu-items button") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items.at((at + (event.key === "ArrowDown" ? 1 : -1)) % items.length)?.focus();
  };
  return (
    <div className="menu" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        className="icon-button"
        title={hint ? `${label} (${hint})` : label}
        aria-label={label}
        aria-haspopup="true"
        aria-expanded={open}
        disabled={isDisabled}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
      </button>
      {open && <div className="menu-items">{children(close)}</div>}
    </div>
  );
}
