import { useState, type FormEvent } from 'react';
import { Button } from '../../components/Button';
import './InputBox.css';

interface InputBoxProps {
  /** Why one cannot write now, or undefined when one can. */
  closed: string | undefined;
  /** Resolves to whether it went out; the text stays where it did not. */
  onSend: (text: string) => Promise<boolean>;
}

/** One line (or more, with Shift+Enter) for an engine that reads its input from a pipe. */
export function InputBox({ closed, onSend }: InputBoxProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (busy || closed) return;
    setBusy(true);
    if (await onSend(text)) setText('');
    setBusy(false);
  };
  return (
    <form className="input-box" onSubmit={(event) => void submit(event)}>
      <span aria-hidden="true">›</span>
      <textarea
        aria-label="Input to the engine"
        rows={Math.min(6, text.split('\n').length)}
        placeholder={closed ?? 'Type to the engine; Enter sends'}
        disabled={closed !== undefined}
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          void submit();
        }}
      />
      <Button type="submit" small look="primary" busy={busy} disabled={closed !== undefined}>
        Send
      </Button>
    </form>
  );
}
