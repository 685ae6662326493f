import { useState, type ReactNode } from 'react';
import { Button } from './Button';
import { Dialog } from './Dialog';

interface ConfirmProps {
  title: string;
  action: string;
  children: ReactNode;
  /** Resolves to a message when it did not work; the dialog then stays and shows it. */
  onConfirm: () => Promise<ReactNode | undefined>;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. The safe answer has the focus. */
export function Confirm({ title, action, children, onConfirm, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ReactNode>();
  const confirm = async () => {
    setBusy(true);
    const failed = await onConfirm();
    setBusy(false);
    if (failed) setFailure(failed);
    else onClose();
  };
  return (
    <Dialog alert title={title} onClose={onClose}>
      <div>{children}</div>
      {failure}
      <div className="dialog-actions">
        <Button onClick={onClose}>
          Cancel
        </Button>
        <Button look="danger" busy={busy} onClick={() => void confirm()}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
