import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { ReactNode } from 'react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { Auth } from '../api/auth';
import { Api } from '../api/client';
import { LiveContext, ServicesContext } from '../api/services';
import { BoardStream } from '../live/boardStream';
import { FakeHub } from './fakeHub';
import { admin, signedIn } from './samples';
import { fakeServer } from './server';

interface Setting {
  /** Where the element is shown, e.g. `/sessions/:id`. */
  path?: string;
  at?: string;
  routes?: Parameters<typeof fakeServer>[0];
}

/** Shows an element as the page does: signed in, over a fake server and a fake hub. Other addresses show their own path. */
export function show(element: ReactNode, { path = '/', at = path, routes = {} }: Setting = {}) {
  const server = fakeServer({ 'POST /v1/auth/refresh': () => [200, signedIn('t1')], ...routes });
  const auth = new Auth(server.fetch);
  const api = new Api(auth, server.fetch);
  const hub = new FakeHub();
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const board = new BoardStream({ hub, userId: admin.id, onReconnected: () => void queries.invalidateQueries() });
  board.open();
  const router = createMemoryRouter(
    [
      { path, element },
      { path: '*', element: <p>elsewhere</p> },
    ],
    { initialEntries: [at] },
  );
  const view = render(
    <ServicesContext value={{ auth, api }}>
      <LiveContext value={{ user: admin, hub, board }}>
        <QueryClientProvider client={queries}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LiveContext>
    </ServicesContext>,
  );
  return { ...view, server, auth, hub, router, user: userEvent.setup() };
}
