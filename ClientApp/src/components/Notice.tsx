import type { ReactNode } from 'react';
import { Button } from './Button';
import { CopyButton } from './Copy';
import { Icon } from './Icon';
import './Notice.css';

/** A message in the flow of the page. `bad` is announced at once, the rest when the reader is idle. */
export const Notice = ({ tone = 'info', title, children }: { tone?: 'info' | 'warn' | 'bad'; title?: string; children?: ReactNode }) => (
  <div className={`notice notice-${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <Icon name="alert" />
    <div className="notice-body">
      {title && <strong>{title}</strong>}
      {children && <div>{children}</div>}
    </div>
  </div>
);

interface FailureProps {
  /** What did not work, for the reader: "Sessions could not be loaded". */
  title: string;
  message: string;
  code?: string;
  /** Shown to be copied into a report where the fault is the server's. */
  traceId?: string | undefined;
  onRetry?: () => void;
}

export const Failure = ({ title, message, code, traceId, onRetry }: FailureProps) => (
  <div className="notice notice-bad" role="alert">
    <Icon name="alert" />
    <div className="notice-body">
      <strong>{title}</strong>
      <div>{message}</div>
      {(code || traceId) && (
        <div className="notice-meta">
          {code && <code>{code}</code>}
          {traceId && (
            <span className="notice-trace">
              <code>{traceId}</code>
              <CopyButton text={traceId} label="Copy trace id" />
            </span>
          )}
        </div>
      )}
    </div>
    {onRetry && (
      <Button small onClick={onRetry}>
        Try again
      </Button>
    )}
  </div>
);
