import { useEffect, useId, useRef, type ReactNode } from 'react';
import { IconButton } from './Button';
import './Dialog.css';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** An `alertdialog` interrupts to ask something that cannot be taken back. */
  alert?: boolean;
}

/** What gets the focus: the first control of a form, else the first action, which is the safe one. */
const firstFocus = 'form :is(input, select, textarea):not([hidden]), .dialog-actions button';

/** A modal. Shown while mounted; Escape, the cross and a click outside ask to close it. Focus goes in, and back on close. */
export function Dialog({ title, onClose, children, alert = false }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element && !element.open) element.showModal();
    element?.querySelector<HTMLElement>(firstFocus)?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      className="dialog"
      role={alert ? 'alertdialog' : undefined}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onMouseDown={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className="dialog-panel">
        <header className="dialog-head">
          <h2 id={titleId}>{title}</h2>
          <IconButton small label="Close" icon="close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
