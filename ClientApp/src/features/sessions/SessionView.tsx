import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useSearchParams } from 'react-router';
import { keys, useProfiles } from '../../api/queries';
import { useLive, useServices } from '../../api/services';
import type { Session } from '../../api/types';
import { Skeleton } from '../../components/Blank';
import { Notice } from '../../components/Notice';
import { Tabs } from '../../components/Tabs';
import { InputQueue } from '../../live/inputQueue';
import { withFacts } from '../../live/sessionFacts';
import { SessionStream } from '../../live/sessionStream';
import { Problem } from '../Problem';
import { InputBox } from './InputBox';
import { SessionHeader } from './SessionHeader';
import { isOver, stateInfo } from './stateInfo';
import { Timeline } from './Timeline';
import './SessionView.css';

const TerminalView = lazy(() => import('./TerminalView'));

/** How much of a long stream is shown at first; the timeline loads what came before when asked. */
const eventsAtFirst = 5_000;

/** A session, live. Mounted once per session (`key`), with the answer to GET as the point to start from. */
export function SessionView({ session: answered }: { session: Session }) {
  const { api } = useServices();
  const { hub } = useLive();
  const client = useQueryClient();
  const profiles = useProfiles();
  const [search, setSearch] = useSearchParams();
  const view = search.get('view') === 'timeline' ? 'timeline' : 'terminal';
  const id = answered.id;

  const [stream] = useState(
    () =>
      new SessionStream({
        hub,
        sessionId: id,
        after: Math.max(0, answered.lastSeq - eventsAtFirst),
        readPage: async (after, limit) => (await api.events(id, after, limit)).events,
      }),
  );
  useEffect(() => stream.open(), [stream]);
  const state = useSyncExternalStore(stream.subscribe, stream.snapshot);
  const session = withFacts(answered, state.facts);

  // The stream says that the state changed; the rest (times, sandbox, exit code) is read again.
  const changedAt = state.facts.state?.seq ?? 0;
  useEffect(() => {
    if (changedAt > answered.lastSeq) void client.invalidateQueries({ queryKey: keys.session(id) });
  }, [changedAt, answered.lastSeq, client, id]);

  const [failure, setFailure] = useState<{ error: unknown } | null>(null);
  const mode = state.facts.mode ?? profiles.data?.items.find((profile) => profile.name === session.profile)?.mode;
  const listening = stateInfo[session.state].actions.input === true;
  const typing = listening && mode === 'terminal';
  const queue = useMemo(
    () => new InputQueue((text) => api.input(id, text, false), (error) => setFailure({ error })),
    [api, id],
  );
  const type = useCallback(
    (text: string) => {
      setFailure(null);
      queue.push(text);
    },
    [queue],
  );
  const size = useCallback(
    (columns: number, rows: number) => {
      // Only a screen has a size, and only a living engine draws one. A size that got lost is told again at the next change.
      if (typing) void api.resize(id, columns, rows).catch(() => undefined);
    },
    [api, id, typing],
  );
  const send = async (text: string): Promise<boolean> => {
    setFailure(null);
    try {
      await api.input(id, text, true);
      return true;
    } catch (error) {
      setFailure({ error });
      return false;
    }
  };

  const page = useRef<HTMLDivElement>(null);
  const leave = () => page.current?.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
  const waiting = state.window.head === 0;
  return (
    <div className="session" ref={page}>
      <SessionHeader session={session} facts={state.facts} />
      {state.trouble && (
        <Notice tone="warn" title="Live events are not coming through">
          {state.trouble} It is tried again by itself.
        </Notice>
      )}
      {failure && <Problem title="The input did not arrive" error={failure.error} />}
      <Tabs
        label="Views of the session"
        selected={view}
        onSelect={(key) => setSearch(key === 'terminal' ? {} : { view: key }, { replace: true })}
        tabs={[
          {
            key: 'terminal',
            label: 'Terminal',
            panel: (
              <div className="screen-panel">
                <section className="screen" aria-label="Terminal">
                  <Suspense fallback={<Skeleton label="Loading terminal" rows={1} height="100%" />}>
                    <TerminalView stream={stream} typing={typing} onType={type} onSize={size} onLeave={leave} />
                  </Suspense>
                  {waiting && !isOver(session.state) && <p className="screen-wait">{stateInfo[session.state].meaning}</p>}
                </section>
                {mode === 'pipe' && (
                  <InputBox
                    closed={listening ? undefined : isOver(session.state) ? 'The session is over' : 'The engine does not listen now'}
                    onSend={send}
                  />
                )}
              </div>
            ),
          },
          {
            key: 'timeline',
            label: 'Timeline',
            panel: view === 'timeline' && <Timeline stream={stream} state={state} />,
          },
        ]}
      />
    </div>
  );
}
