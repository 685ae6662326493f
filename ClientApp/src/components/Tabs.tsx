import { useId, type KeyboardEvent, type ReactNode } from 'react';
import './Tabs.css';

interface Tab<K extends string> {
  key: K;
  label: string;
  panel: ReactNode;
}

interface TabsProps<K extends string> {
  label: string;
  tabs: readonly Tab<K>[];
  selected: K;
  onSelect: (key: K) => void;
  /** Stands at the end of the row of tabs. */
  aside?: ReactNode;
}

/** Tabs whose panels all stay mounted, hidden, so that a terminal or a half-filled form survives a look elsewhere. */
export function Tabs<K extends string>({ label, tabs, selected, onSelect, aside }: TabsProps<K>) {
  const id = useId();
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.key === selected);
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onSelect(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
    event.preventDefault();
  };
  return (
    <div className="tabs">
      <div className="tabs-row">
        <div role="tablist" aria-label={label} className="tabs-list" onKeyDown={move}>
          {tabs.map((tab) => (
            <button
              key={tab.key}
              type="button"
              role="tab"
              id={`${id}-${tab.key}`}
              aria-controls={`${id}-${tab.key}-panel`}
              aria-selected={tab.key === selected}
              tabIndex={tab.key === selected ? 0 : -1}
              onClick={() => onSelect(tab.key)}
            >
              {tab.label}
            </button>
          ))}
        </div>
        {aside}
      </div>
      {tabs.map((tab) => (
        <div
          key={tab.key}
          role="tabpanel"
          id={`${id}-${tab.key}-panel`}
          aria-labelledby={`${id}-${tab.key}`}
          className="tabs-panel"
          hidden={tab.key !== selected}
        >
          {tab.panel}
        </div>
      ))}
    </div>
  );
}
