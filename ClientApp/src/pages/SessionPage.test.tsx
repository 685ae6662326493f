import { act, screen, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import type { Session } from '../api/types';
import { event, sample } from '../testing/samples';
import { show } from '../testing/render';
import { SessionPage } from './SessionPage';

// jsdom has no layout for a terminal to be drawn in; what is written on it is tested in live/terminalText and live/terminalFeed.
vi.mock('../features/sessions/TerminalView', () => ({
  default: ({ typing, onType }: { typing: boolean; onType: (text: string) => void }) => (
    <button type="button" disabled={!typing} onClick={() => onType('ls\r')}>
      type ls
    </button>
  ),
}));

type Routes = NonNullable<Parameters<typeof show>[1]>['routes'];

const page = (session: Session, routes: Routes = {}, search = '') =>
  show(<SessionPage />, {
    path: '/sessions/:id',
    at: `/sessions/s1${search}`,
    routes: {
      'GET /v1/sessions/s1': () => [200, session],
      'GET /v1/profiles': () => [
        200,
        { items: [{ name: 'command', title: 'Command', mode: 'pipe' }, { name: 'shell', title: 'Shell', mode: 'terminal' }] },
      ],
      'POST /v1/sessions/s1/input': () => [202],
      ...routes,
    },
  });

const tell = (hub: ReturnType<typeof show>['hub'], ...list: ReturnType<typeof event>[]) =>
  act(() => hub.of('session/s1').watcher.next({ first: list[0]!.seq, events: list }));

test('The header tells what the session is', async () => {
  page(sample({ sandbox: { engine: 'process', id: 'p1', isolated: false }, diff: { added: 4, removed: 2, files: 1 } }));
  expect(await screen.findByRole('heading', { name: 'Fix the flaky test' })).toBeVisible();
  expect(screen.getByRole('status', { name: 'State: Running' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'admin/web' })).toHaveAttribute('href', '/repositories/admin/web');
  expect(screen.getByText('process, not isolated')).toBeVisible();
  expect(document.title).toBe('Fix the flaky test · Squad');
});

test('The state follows the stream', async () => {
  const { hub } = page(sample());
  await screen.findByRole('status', { name: 'State: Running' });
  tell(hub, event(1, 'session.state', { from: 'running', to: 'failed', reason: { code: 'engine.exited', message: 'The engine broke.' } }));
  expect(await screen.findByRole('status', { name: 'State: Failed' })).toBeVisible();
  expect(screen.getByRole('alert')).toHaveTextContent('The engine broke.');
  expect(screen.getByRole('button', { name: 'Delete' })).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Stop' })).toBeNull();
});

test('A long stream is watched from near its end', async () => {
  const { hub } = page(sample({ lastSeq: 1_000_000 }));
  await screen.findByRole('heading', { name: 'Fix the flaky test' });
  expect(hub.of('session/s1').startedAfter).toEqual([995_000]);
});

test('Input to a pipe goes out with Enter and leaves the box', async () => {
  const { user, server } = page(sample());
  const box = await screen.findByRole('textbox', { name: 'Input to the engine' });
  await user.type(box, 'yes{Enter}');
  await expect.poll(() => server.of('POST', '/v1/sessions/s1/input')[0]?.body).toEqual({ text: 'yes', enter: true });
  await expect.poll(() => box).toHaveValue('');
});

test('Input that did not arrive stays in the box', async () => {
  const { user } = page(sample(), { 'POST /v1/sessions/s1/input': () => [409, { code: 'session.state', message: 'It is over.' }] });
  const box = await screen.findByRole('textbox', { name: 'Input to the engine' });
  await user.type(box, 'yes{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent('It is over.');
  expect(box).toHaveValue('yes');
});

test('A terminal takes keys as they are and needs no box', async () => {
  const { user, server } = page(sample({ profile: 'shell' }));
  const key = await screen.findByRole('button', { name: 'type ls' });
  await expect.poll(() => key).toBeEnabled();
  await user.click(key);
  await expect.poll(() => server.of('POST', '/v1/sessions/s1/input')[0]?.body).toEqual({ text: 'ls\r', enter: false });
  expect(screen.queryByRole('textbox', { name: 'Input to the engine' })).toBeNull();
});

test('When the session is over nothing can be typed', async () => {
  page(sample({ state: 'stopped', exitCode: 0 }));
  expect(await screen.findByRole('textbox', { name: 'Input to the engine' })).toBeDisabled();
  expect(screen.getByText('exit code 0')).toBeVisible();
});

test('Stop asks first', async () => {
  const { user, server } = page(sample(), { 'POST /v1/sessions/s1/stop': () => [202] });
  await user.click(await screen.findByRole('button', { name: 'Stop' }));
  const dialog = screen.getByRole('alertdialog', { name: 'Stop this session?' });
  expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
  expect(server.of('POST', '/v1/sessions/s1/stop')).toHaveLength(0);
  await user.click(within(dialog).getByRole('button', { name: 'Stop session' }));
  await expect.poll(() => screen.queryByRole('alertdialog')).toBeNull();
  expect(server.of('POST', '/v1/sessions/s1/stop')).toHaveLength(1);
});

test('A refused stop is told in the dialog', async () => {
  const { user } = page(sample(), { 'POST /v1/sessions/s1/stop': () => [409, { code: 'session.state', message: 'It is stopped already.' }] });
  await user.click(await screen.findByRole('button', { name: 'Stop' }));
  await user.click(screen.getByRole('button', { name: 'Stop session' }));
  expect(await within(screen.getByRole('alertdialog')).findByRole('alert')).toHaveTextContent('It is stopped already.');
});

test('Delete asks first and leads back to the board', async () => {
  const { user, server, router } = page(sample({ state: 'stopped' }), { 'DELETE /v1/sessions/s1': () => [202] });
  await user.click(await screen.findByRole('button', { name: 'Delete' }));
  await user.click(screen.getByRole('button', { name: 'Delete session' }));
  await expect.poll(() => router.state.location.pathname).toBe('/');
  expect(server.of('DELETE', '/v1/sessions/s1')).toHaveLength(1);
});

test('A paused session can be resumed and not paused', async () => {
  const { user, server } = page(sample({ state: 'paused' }), { 'POST /v1/sessions/s1/resume': () => [202] });
  await user.click(await screen.findByRole('button', { name: 'Resume' }));
  await expect.poll(() => server.of('POST', '/v1/sessions/s1/resume')).toHaveLength(1);
  expect(screen.queryByRole('button', { name: 'Pause' })).toBeNull();
});

test('The timeline shows events, filters them by kind and opens one', async () => {
  const { hub, user } = page(sample(), {}, '?view=timeline');
  await screen.findByText('No events yet. They appear here as they happen.');
  tell(hub, event(1, 'engine.started', { program: 'make test' }), event(2), event(3, 'error', { code: 'disk.full', message: 'No room.' }));
  const rows = within(await screen.findByRole('list', { name: 'Events' }));
  expect(rows.getAllByRole('listitem')).toHaveLength(3);
  await user.selectOptions(screen.getByRole('combobox', { name: 'Kind of event' }), 'Errors');
  expect(within(screen.getByRole('list', { name: 'Events' })).getAllByRole('listitem')).toHaveLength(1);
  await user.click(screen.getByRole('button', { name: /No room. \(disk.full\)/ }));
  expect(within(screen.getByRole('region', { name: 'Event 3' })).getByText(/"disk.full"/)).toBeVisible();
});

test('The timeline of a great many events keeps few rows on the page', async () => {
  const { hub } = page(sample(), {}, '?view=timeline');
  await screen.findByText(/No events yet/);
  tell(hub, ...Array.from({ length: 15_000 }, (_, at) => event(at + 1)));
  const list = await screen.findByRole('list', { name: 'Events' });
  const rows = within(list).getAllByRole('listitem');
  expect(rows.length).toBeLessThan(100);
  expect(rows[0]).toHaveAttribute('aria-setsize', '15000');
  expect(screen.getByText('1–15,000 of 15,000')).toBeVisible();
});

test('Earlier events are loaded when asked', async () => {
  const { user, server } = page(sample({ lastSeq: 6_000 }), { 'GET /v1/sessions/s1/events': ({ query }) => [200, { events: [event(Number(query.get('after')) + 1)] }] }, '?view=timeline');
  await user.click(await screen.findByRole('button', { name: 'Load earlier' }));
  await expect.poll(() => server.of('GET', '/v1/sessions/s1/events')[0]?.query.toString()).toBe('after=0&limit=1000');
});

test('A watch that is refused is told', async () => {
  const { hub } = page(sample());
  await screen.findByRole('heading', { name: 'Fix the flaky test' });
  act(() => hub.of('session/s1').watcher.trouble?.('The log cannot be read.'));
  expect(screen.getByText('Live events are not coming through')).toBeVisible();
});

test('A session that does not exist says so', async () => {
  page(sample(), { 'GET /v1/sessions/s1': () => [404, { code: 'session.notFound', message: 'No such session.' }] });
  expect(await screen.findByRole('heading', { name: 'No such session' })).toBeVisible();
});
