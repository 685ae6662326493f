import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useSessionList } from '../../api/queries';
import { useLive } from '../../api/services';
import { overlaid, unlisted } from '../../live/sessionOverlay';

/** A change of many sessions at once (a restart) reads the list once. */
const settleMs = 300;

/** The list of sessions, kept live: what the stream tells is laid over it, and a session it does not hold yet reads it again. */
export function useSessions(repo: string) {
  const { board } = useLive();
  const client = useQueryClient();
  const query = useSessionList(repo);
  const overlay = useSyncExternalStore(board.subscribe, board.snapshot);
  const list = useMemo(() => query.data?.pages.flatMap((page) => page.items), [query.data]);
  const listedAt = query.dataUpdatedAt;
  const sessions = useMemo(() => list && overlaid(list, listedAt, overlay), [list, listedAt, overlay]);
  const stale = list !== undefined && !query.isFetching && unlisted(list, listedAt, overlay);
  useEffect(() => {
    if (!stale) return;
    const timer = setTimeout(() => void client.invalidateQueries({ queryKey: ['sessions', 'list'] }), settleMs);
    return () => clearTimeout(timer);
  }, [stale, client]);
  return { ...query, sessions };
}
