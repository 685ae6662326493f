import type { ReactNode } from 'react';
import './Blank.css';

/** What a list shows when there is nothing in it: why, and what to do about it. */
export const Empty = ({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) => (
  <div className="empty">
    <div className="empty-mark" aria-hidden="true">
      <i />
      <i />
      <i />
      <i />
    </div>
    <h2>{title}</h2>
    {children && <div className="empty-text">{children}</div>}
    {action && <div className="empty-action">{action}</div>}
  </div>
);

/** Grey bars in the shape of what is loading. `label` is what a screen reader hears instead. */
export const Skeleton = ({ label, rows = 3, height = '4.5rem' }: { label: string; rows?: number; height?: string }) => (
  <div className="skeleton" role="status" aria-label={label}>
    {Array.from({ length: rows }, (_, row) => (
      <div key={row} className="skeleton-row" style={{ height, animationDelay: `${row * 90}ms` }} />
    ))}
  </div>
);
