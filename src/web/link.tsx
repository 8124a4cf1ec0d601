import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { type Address, addressWith, useAddress, visit } from "./address";

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href" | "onClick"> {
  /** What the address says there besides. */
  to: Partial<Address>;
  onVisit?: () => void;
}

/** A link within the page. It is a real one, so that it can be copied and opened in another tab. */
export function Link({ to, onVisit, ...rest }: LinkProps) {
  const address = useAddress();
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    visit(to);
    onVisit?.();
  };
  return <a {...rest} href={addressWith(address, to)} onClick={follow} />;
}
