import { useEffect, useState } from 'react';
import { IconButton } from './Button';
import { copyText } from './clipboard';
import './Copy.css';

/** Copies `text`; for two seconds its name and drawing say that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [result, setResult] = useState<'copied' | 'refused' | null>(null);
  useEffect(() => {
    if (!result) return;
    const timer = setTimeout(() => setResult(null), 2_000);
    return () => clearTimeout(timer);
  }, [result]);
  return (
    <>
      <IconButton
        small
        label={label}
        icon={result === 'copied' ? 'check' : 'copy'}
        onClick={() => void copyText(text).then((copied) => setResult(copied ? 'copied' : 'refused'))}
      />
      <span role="status" className="visually-hidden">
        {result === 'copied' ? 'Copied' : result === 'refused' ? 'The browser did not allow copying' : ''}
      </span>
    </>
  );
}

/** One or more lines to be copied as they are. */
export const CopyBlock = ({ text, label }: { text: string; label: string }) => (
  <div className="copy-block">
    <pre tabIndex={0} aria-label={label}>
      <code>{text}</code>
    </pre>
    <CopyButton text={text} label={`Copy ${label.charAt(0).toLowerCase()}${label.slice(1)}`} />
  </div>
);
