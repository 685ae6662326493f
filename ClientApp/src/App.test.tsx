import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createMemoryRouter } from 'react-router';
import { beforeEach, expect, test, vi } from 'vitest';
import { Auth } from './api/auth';
import { Api } from './api/client';
import { newQueryClient } from './api/queries';
import { App, routes } from './App';
import { FakeConnection } from './testing/fakeHub';
import { sample, signedIn } from './testing/samples';
import { fakeServer } from './testing/server';

const connections = vi.hoisted(() => [] as FakeConnection[]);

vi.mock('./live/connect', () => ({
  connectTo: () => () => {
    const connection = new FakeConnection();
    connections.push(connection);
    return connection;
  },
}));

beforeEach(() => void connections.splice(0));

function open(at: string, cookie = true, more: Parameters<typeof fakeServer>[0] = {}) {
  const server = fakeServer({
    'POST /v1/auth/refresh': () => (cookie ? [200, signedIn('t1')] : [401, { code: 'auth.expired', message: 'No.' }]),
    'POST /v1/auth/login': () => [200, signedIn('t2')],
    'POST /v1/auth/logout': () => [204],
    'GET /v1/auth/status': () => [200, { setupRequired: false }],
    'GET /v1/system': () => [200, { version: '1', docker: false, isolated: false, warnings: [{ code: 'sandbox.process', message: 'Nothing is isolated.' }] }],
    'GET /v1/sessions': () => [200, { items: [sample()] }],
    'GET /v1/repos': () => [200, { items: [] }],
    'GET /v1/profiles': () => [200, { items: [] }],
    ...more,
  });
  const auth = new Auth(server.fetch);
  const router = createMemoryRouter(routes, { initialEntries: [at] });
  render(<App services={{ auth, api: new Api(auth, server.fetch) }} queries={newQueryClient()} router={router as never} />);
  return { server, auth, router, user: userEvent.setup() };
}

test('Whoever has a cookie sees the board and the warnings of the server', async () => {
  open('/');
  expect(await screen.findByRole('link', { name: 'Fix the flaky test' })).toBeVisible();
  expect(await screen.findByRole('complementary', { name: 'Warnings' })).toHaveTextContent('Nothing is isolated.');
});

test('Whoever has none signs in where they wanted to go', async () => {
  const { user, router } = open('/repositories', false);
  await user.type(await screen.findByRole('textbox', { name: 'Username' }), 'admin');
  await user.type(screen.getByLabelText('Password'), 'secret{Enter}');
  expect(await screen.findByRole('heading', { name: 'Repositories' })).toBeVisible();
  expect(router.state.location.pathname).toBe('/repositories');
});

test('Signing out closes the live connection and leaves nothing on the page', async () => {
  const { user } = open('/');
  await screen.findByRole('link', { name: 'Fix the flaky test' });
  await user.click(screen.getByRole('button', { name: 'Sign out admin' }));
  expect(await screen.findByRole('heading', { name: 'Sign in' })).toBeVisible();
  expect(screen.queryByText('Fix the flaky test')).toBeNull();
  expect(connections.at(-1)?.stopped).toBe(true);
});

test('The connection says how it is', async () => {
  open('/');
  expect(await screen.findByRole('status', { name: 'Connection: Connecting' })).toBeVisible();
  await act(() => connections.at(-1)!.connect());
  expect(screen.getByRole('status', { name: 'Connection: Live' })).toBeVisible();
  act(() => connections.at(-1)!.lose());
  expect(screen.getByRole('status', { name: 'Connection: Reconnecting' })).toBeVisible();
});

test('n opens the form of a new session, ? the list of keys and keeps the other keys to itself', async () => {
  const { user, router } = open('/');
  await screen.findByRole('link', { name: 'Fix the flaky test' });
  await user.keyboard('?');
  expect(screen.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await user.keyboard('n');
  expect(router.state.location.pathname).toBe('/');
  await user.click(screen.getByRole('button', { name: 'Close' }));
  await user.keyboard('n');
  expect(await screen.findByRole('heading', { name: 'New session' })).toBeVisible();
});

test('A server that does not answer is told, and asked again by a button', async () => {
  let down = true;
  const { user } = open('/', true, { 'POST /v1/auth/refresh': () => (down ? [503, {}] : [200, signedIn('t1')]) });
  expect(await screen.findByText('Squad does not answer')).toBeVisible();
  down = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: 'Fix the flaky test' })).toBeVisible();
});

test('An address that names nothing says so within the bar', async () => {
  open('/nothing/here');
  expect(await screen.findByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  expect(screen.getByRole('navigation', { name: 'Main' })).toBeVisible();
});
