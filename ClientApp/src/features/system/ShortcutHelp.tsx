import { useState } from 'react';
import { Dialog } from '../../components/Dialog';
import { useShortcut } from '../../components/shortcuts';
import './ShortcutHelp.css';

const shortcuts = [
  ['n', 'New session'],
  ['b', 'Sessions'],
  ['r', 'Repositories'],
  ['/', 'Filter'],
  ['Ctrl F6', 'Leave the terminal'],
  ['Esc', 'Close, or clear the filter'],
  ['?', 'This list'],
] as const;

export function ShortcutHelp() {
  const [open, setOpen] = useState(false);
  useShortcut('?', () => setOpen(true));
  if (!open) return null;
  return (
    <Dialog title="Keyboard" onClose={() => setOpen(false)}>
      <dl className="shortcuts">
        {shortcuts.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
