import { useLayoutEffect, useRef, useState, type ReactNode } from 'react';

interface VirtualListProps<T> {
  label: string;
  items: readonly T[];
  /** Height of every row in pixels; rows that were of different heights would have to be measured, all of them. */
  rowHeight: number;
  itemKey: (item: T) => number;
  render: (item: T) => ReactNode;
  /** Keep the end in view while items arrive. Called with false when the reader scrolls away, with true when back at the end. */
  atEnd: boolean;
  onAtEnd: (atEnd: boolean) => void;
}

const overscan = 12;

/**
 * Renders only the rows in view. When items appear before the ones in view (an earlier page) or vanish there, the row at the top
 * stays where it is on the screen.
 */
export function VirtualList<T>({ label, items, rowHeight, itemKey, render, atEnd, onAtEnd }: VirtualListProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 600 });
  const anchor = useRef<{ key: number; offset: number } | null>(null);

  const measure = () => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    setView((old) => (old.top === top && old.height === element.clientHeight ? old : { top, height: element.clientHeight }));
    const row = items[Math.floor(top / rowHeight)];
    anchor.current = row === undefined ? null : { key: itemKey(row), offset: top % rowHeight };
  };

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(() => {
      setView((old) => (old.height === element.clientHeight ? old : { ...old, height: element.clientHeight }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || element.clientHeight === 0) return;
    if (atEnd) {
      element.scrollTop = element.scrollHeight;
    } else if (anchor.current) {
      const { key, offset } = anchor.current;
      const row = indexOf(items, key, itemKey);
      const wanted = row * rowHeight + offset;
      if (Math.abs(element.scrollTop - wanted) > 1) element.scrollTop = wanted;
    }
    measure();
  }, [items, atEnd, view.height]);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - overscan);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + overscan);
  return (
    <div
      ref={scroller}
      className="virtual"
      tabIndex={0}
      role="group"
      aria-label={label}
      onScroll={(event) => {
        const element = event.currentTarget;
        if (element.clientHeight === 0) return;
        const end = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight;
        if (end !== atEnd) onAtEnd(end);
        measure();
      }}
    >
      <ol style={{ height: items.length * rowHeight, position: 'relative' }} aria-label={label}>
        {items.slice(first, last).map((item, index) => (
          <li
            key={itemKey(item)}
            aria-setsize={items.length}
            aria-posinset={first + index + 1}
            style={{ position: 'absolute', insetInline: 0, top: (first + index) * rowHeight, height: rowHeight }}
          >
            {render(item)}
          </li>
        ))}
      </ol>
    </div>
  );
}

/** Where the item with `key`, or the next one, is; keys ascend. */
function indexOf<T>(items: readonly T[], key: number, itemKey: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (itemKey(items[middle]!) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
