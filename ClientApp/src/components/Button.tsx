import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react';
import { Link, type LinkProps } from 'react-router';
import { Icon, type IconName } from './Icon';
import './Button.css';

interface Look {
  look?: 'primary' | 'plain' | 'quiet' | 'danger';
  small?: boolean;
  icon?: IconName;
}

const className = ({ look = 'plain', small }: Look, extra?: string): string =>
  ['button', `button-${look}`, small && 'button-small', extra].filter(Boolean).join(' ');

type ButtonProps = Look &
  ButtonHTMLAttributes<HTMLButtonElement> & {
    /** Work is under way: the button stays focusable, says so, and does nothing. */
    busy?: boolean;
    ref?: Ref<HTMLButtonElement>;
  };

export function Button({ look, small, icon, busy = false, children, className: extra, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={className({ ...(look && { look }), ...(small && { small }) }, extra)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
    >
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children && <span className="button-text">{children}</span>}
    </button>
  );
}

/** A button that is only a drawing; `label` is its name and its tooltip. */
export const IconButton = ({ label, icon, ...rest }: Omit<ButtonProps, 'children'> & { label: string; icon: IconName }) => (
  <Button look="quiet" {...rest} icon={icon} aria-label={label} title={rest.title ?? label} />
);

/** A link that looks like a button, since it goes somewhere. */
export const ButtonLink = ({ look, small, icon, children, ...rest }: Look & LinkProps & { children: ReactNode }) => (
  <Link {...rest} className={className({ ...(look && { look }), ...(small && { small }) }, rest.className)}>
    {icon && <Icon name={icon} />}
    <span className="button-text">{children}</span>
  </Link>
);
