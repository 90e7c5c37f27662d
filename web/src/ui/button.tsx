import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps } from "react-aria-components";
import { Link, type LinkProps } from "react-router-dom";

import { Icon, type IconName } from "./icons";

type Look = "primary" | "secondary" | "quiet" | "danger";

interface Dress {
  look?: Look;
  icon?: IconName;
  children?: ReactNode;
}

/** isPending: what it began still runs; it keeps the focus and does nothing (useAction sees to that for forms). */
export function Button({ look = "secondary", icon, children, isPending = false, onPress, ...rest }: Omit<ButtonProps, "children" | "className"> & Dress) {
  return (
    <AriaButton
      {...rest}
      className={`button ${look}`}
      data-pending={isPending || undefined}
      onPress={(event) => {
        if (!isPending) onPress?.(event);
      }}
    >
      {icon && <Icon name={icon} size={18} />}
      {children}
      {isPending && <span className="button-busy" aria-hidden="true" />}
    </AriaButton>
  );
}

/** A link that looks like a button: it leads somewhere. */
export function ButtonLink({ look = "secondary", icon, children, ...rest }: LinkProps & Dress) {
  return (
    <Link {...rest} className={`button ${look}`}>
      {icon && <Icon name={icon} size={18} />}
      {children}
    </Link>
  );
}
