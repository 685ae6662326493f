import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useAllRepos } from '../api/queries';
import { sessionStates } from '../api/types';
import { Empty, Skeleton } from '../components/Blank';
import { Button, ButtonLink } from '../components/Button';
import { useShortcut } from '../components/shortcuts';
import { useTitle } from '../components/useTitle';
import { Problem } from '../features/Problem';
import { Board } from '../features/sessions/Board';
import { matches, stateInfo } from '../features/sessions/stateInfo';
import { useSessions } from '../features/sessions/useSessions';

/** All sessions, live. The filter is in the address, so that a view can be kept and sent. */
export function BoardPage() {
  const [search, setSearch] = useSearchParams();
  const state = search.get('state') ?? '';
  const repo = search.get('repo') ?? '';
  const filter = useRef<HTMLInputElement>(null);
  // The router takes an address over a moment later; a field that waited for it would lose keys typed meanwhile.
  const asked = search.get('q') ?? '';
  const [text, setText] = useState(asked);
  useEffect(() => {
    if (document.activeElement !== filter.current) setText(asked);
  }, [asked]);
  useShortcut('/', () => filter.current?.focus());
  const repos = useAllRepos().data?.pages.flatMap((page) => page.items) ?? [];
  const { sessions, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useSessions(repo);

  const waiting = sessions?.filter((session) => session.state === 'needsInput').length ?? 0;
  useTitle(waiting > 0 ? `(${waiting}) Sessions` : 'Sessions');

  const set = (name: string, value: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        if (value === '') next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );

  const setFilter = (value: string) => {
    setText(value);
    set('q', value);
  };

  const shown = sessions?.filter((session) => matches(session, text) && (state === '' || session.state === state));
  const filtered = text !== '' || state !== '' || repo !== '';
  return (
    <>
      <div className="page-head">
        <h1>Sessions</h1>
        <ButtonLink to={`/sessions/new${repo ? `?repo=${encodeURIComponent(repo)}` : ''}`} look="primary" icon="plus" className="phone-only">
          New session
        </ButtonLink>
      </div>
      {error && !sessions && <Problem title="Sessions could not be loaded" error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton label="Loading sessions" rows={4} height="7rem" />}
      {sessions && (sessions.length > 0 || filtered) && (
        <div className="filters" role="search" aria-label="Filter sessions">
          <div className="filters-text">
            <input
              ref={filter}
              className="control"
              type="search"
              aria-label="Filter by text"
              placeholder="Filter"
              value={text}
              onChange={(event) => setFilter(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Escape') return;
                setFilter('');
                event.currentTarget.blur();
              }}
            />
            <kbd aria-hidden="true">/</kbd>
          </div>
          <select className="control" aria-label="Filter by state" value={state} onChange={(event) => set('state', event.target.value)}>
            <option value="">Any state</option>
            {sessionStates.map((each) => (
              <option key={each} value={each}>
                {stateInfo[each].label}
              </option>
            ))}
          </select>
          <select className="control" aria-label="Filter by repository" value={repo} onChange={(event) => set('repo', event.target.value)}>
            <option value="">Any repository</option>
            {repo && !repos.some((each) => each.fullName === repo) && <option value={repo}>{repo}</option>}
            {repos.map((each) => (
              <option key={each.id} value={each.fullName}>
                {each.fullName}
              </option>
            ))}
          </select>
        </div>
      )}
      {shown && shown.length > 0 && <Board sessions={shown} />}
      {shown?.length === 0 && filtered && (
        <Empty title="No session fits the filter" action={<Button onClick={() => setSearch({}, { replace: true })}>Clear the filter</Button>} />
      )}
      {sessions?.length === 0 && !filtered && (
        <Empty
          title="No sessions yet"
          action={
            <>
              <ButtonLink to="/sessions/new" look="primary" icon="plus">
                Start a session
              </ButtonLink>
              {repos.length === 0 && <ButtonLink to="/repositories">Add a repository</ButtonLink>}
            </>
          }
        >
          A session is an agent at work on a branch of its own, in a sandbox of its own. You watch it live, answer it, and keep what it
          made.
        </Empty>
      )}
      {hasNextPage && (
        <div className="more">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            Load older sessions
          </Button>
        </div>
      )}
    </>
  );
}
