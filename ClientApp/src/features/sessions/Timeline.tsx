import { useMemo, useState } from 'react';
import type { StreamEvent } from '../../api/types';
import { Button, IconButton } from '../../components/Button';
import { CopyBlock } from '../../components/Copy';
import { clock } from '../../components/time';
import { VirtualList } from '../../components/VirtualList';
import { hasEarlier } from '../../live/eventWindow';
import type { SessionStream, SessionStreamState } from '../../live/sessionStream';
import { Problem } from '../Problem';
import { eventKinds, eventSummary, kindNames, kindOf, type EventKind } from './eventSummary';
import './Timeline.css';

interface TimelineProps {
  stream: Pick<SessionStream, 'loadEarlier' | 'loadLater' | 'follow'>;
  state: SessionStreamState;
}

const rowHeight = 30;
const count = new Intl.NumberFormat('en');

/** Every event of the session, a bounded window of them in memory and only those in view on the page. */
export function Timeline({ stream, state }: TimelineProps) {
  const { window, loading } = state;
  const [kind, setKind] = useState<EventKind | ''>('');
  const [atEnd, setAtEnd] = useState(true);
  const [selected, setSelected] = useState<StreamEvent | null>(null);
  const [failure, setFailure] = useState<{ error: unknown; again: () => Promise<void> } | null>(null);
  const shown = useMemo(
    () => (kind === '' ? window.events : window.events.filter((event) => kindOf(event.type) === kind)),
    [window.events, kind],
  );
  const load = (what: () => Promise<void>) => {
    setFailure(null);
    what().catch((error: unknown) => setFailure({ error, again: what }));
  };
  const latest = () => {
    setAtEnd(true);
    load(stream.follow);
  };
  const first = window.events[0]?.seq;
  const last = window.events.at(-1)?.seq;
  return (
    <div className="timeline">
      <div className="timeline-tools">
        <select className="control" aria-label="Kind of event" value={kind} onChange={(event) => setKind(event.target.value as EventKind | '')}>
          <option value="">All events</option>
          {eventKinds.map((each) => (
            <option key={each} value={each}>
              {kindNames[each]}
            </option>
          ))}
        </select>
        {hasEarlier(window) && (
          <Button
            small
            busy={loading === 'earlier'}
            onClick={() => {
              setAtEnd(false);
              load(stream.loadEarlier);
            }}
          >
            Load earlier
          </Button>
        )}
        <span className="timeline-range">
          {first !== undefined && last !== undefined
            ? `${count.format(first)}–${count.format(last)} of ${count.format(window.head)}`
            : `${count.format(window.head)} events`}
        </span>
      </div>
      {failure && <Problem title="Events could not be loaded" error={failure.error} onRetry={() => load(failure.again)} />}
      <div className="timeline-body">
        {shown.length === 0 ? (
          <p className="timeline-none">{window.events.length === 0 ? 'No events yet. They appear here as they happen.' : 'No event of this kind is loaded.'}</p>
        ) : (
          <VirtualList
            label="Events"
            items={shown}
            rowHeight={rowHeight}
            itemKey={(event) => event.seq}
            atEnd={atEnd && !window.detached}
            onAtEnd={setAtEnd}
            render={(event) => (
              <button
                type="button"
                className="event"
                data-kind={kindOf(event.type)}
                data-stderr={(event.data as { stream?: unknown } | null)?.stream === 'stderr' || undefined}
                aria-pressed={selected?.seq === event.seq}
                onClick={() => setSelected((old) => (old?.seq === event.seq ? null : event))}
              >
                <span className="event-seq">{event.seq}</span>
                <span className="event-time">{clock(event.at)}</span>
                <span className="event-type">{event.type}</span>
                <span className="event-text">{eventSummary(event)}</span>
              </button>
            )}
          />
        )}
        {window.detached ? (
          <div className="timeline-jump">
            <Button small busy={loading === 'later'} onClick={() => load(stream.loadLater)}>
              Load later
            </Button>
            <Button small look="primary" icon="down" busy={loading === 'follow'} onClick={latest}>
              Latest
            </Button>
          </div>
        ) : (
          !atEnd &&
          shown.length > 0 && (
            <div className="timeline-jump">
              <Button small look="primary" icon="down" onClick={latest}>
                Latest
              </Button>
            </div>
          )
        )}
      </div>
      {selected && (
        <section className="event-detail" aria-label={`Event ${selected.seq}`}>
          <header>
            <h3 className="mono">
              {selected.seq} {selected.type}
            </h3>
            <time dateTime={selected.at}>{selected.at}</time>
            <IconButton small icon="close" label="Close event" onClick={() => setSelected(null)} />
          </header>
          <CopyBlock label="Event data" text={JSON.stringify(selected.data, null, 2) ?? ''} />
        </section>
      )}
    </div>
  );
}
