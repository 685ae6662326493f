import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { keys } from '../../api/queries';
import { LiveContext, useServices, type LiveServices } from '../../api/services';
import type { User } from '../../api/types';
import { BoardStream } from '../../live/boardStream';
import { connectTo } from '../../live/connect';
import { LiveHub } from '../../live/hub';

/** Holds the live connection for as long as one user is signed in. Nothing of a user outlives their sign-out on the page. */
export function SignedIn({ user, children }: { user: User; children: ReactNode }) {
  const { auth } = useServices();
  const client = useQueryClient();
  const [live, setLive] = useState<LiveServices | null>(null);
  useEffect(() => {
    const hub = new LiveHub(connectTo(auth));
    const board = new BoardStream({
      hub,
      userId: user.id,
      onReconnected: () => void client.invalidateQueries({ queryKey: keys.sessions }),
    });
    const close = board.open();
    setLive({ user, hub, board });
    return () => {
      close();
      hub.close();
      client.clear();
    };
    // The user object is new after each refresh; who it is decides.
  }, [user.id, auth, client]);
  return live && <LiveContext value={live}>{children}</LiveContext>;
}
