import { act, screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import type { Session } from '../api/types';
import { event, sample, sampleRepo } from '../testing/samples';
import { show } from '../testing/render';
import { BoardPage } from './BoardPage';

const board = (list: () => Session[], at = '/') =>
  show(<BoardPage />, {
    at,
    path: '/',
    routes: {
      'GET /v1/sessions': () => [200, { items: list() }],
      'GET /v1/repos': () => [200, { items: [sampleRepo(), sampleRepo({ id: 'r2', name: 'api', fullName: 'admin/api' })] }],
    },
  });

const lane = (name: RegExp) => screen.getByRole('region', { name });
const changed = (seq: number, session: Session) => ({ first: seq, events: [event(seq, 'session.changed', { session })] });

test('Sessions stand in lanes by what they ask of the reader', async () => {
  board(() => [sample(), sample({ id: 's2', title: 'Asks', state: 'needsInput' }), sample({ id: 's3', title: 'Gone', state: 'lost' })]);
  expect(await screen.findByRole('link', { name: 'Fix the flaky test' })).toHaveAttribute('href', '/sessions/s1');
  expect(within(lane(/^Working/)).getByRole('link')).toHaveTextContent('Fix the flaky test');
  expect(within(lane(/^Needs you/)).getByRole('link')).toHaveTextContent('Asks');
  expect(within(lane(/^Finished/)).getByRole('link')).toHaveTextContent('Gone');
  expect(document.title).toBe('(1) Sessions · Squad');
});

test('A change that the stream tells moves the card', async () => {
  const { hub } = board(() => [sample({ lastSeq: 3 })]);
  await screen.findByRole('link', { name: 'Fix the flaky test' });
  act(() => hub.of('sessions/u1').watcher.next(changed(1, sample({ lastSeq: 4, state: 'failed', reason: { code: 'engine.exited', message: 'It broke.' } }))));
  expect(within(lane(/^Finished/)).getByText('It broke.')).toBeVisible();
  expect(within(lane(/^Working/)).queryByRole('link')).toBeNull();
});

test('A session that was deleted elsewhere leaves the board', async () => {
  const { hub } = board(() => [sample(), sample({ id: 's2', title: 'Stays' })]);
  await screen.findByRole('link', { name: 'Fix the flaky test' });
  act(() => hub.of('sessions/u1').watcher.next({ first: 1, events: [event(1, 'session.deleted', { session: sample() })] }));
  expect(screen.queryByRole('link', { name: 'Fix the flaky test' })).toBeNull();
  expect(screen.getByRole('link', { name: 'Stays' })).toBeVisible();
});

test('A session that the list does not hold yet reads it again', async () => {
  const list = [sample()];
  const { hub } = board(() => list);
  await screen.findByRole('link', { name: 'Fix the flaky test' });
  list.push(sample({ id: 's2', title: 'From elsewhere' }));
  act(() => hub.of('sessions/u1').watcher.next(changed(1, list[1]!)));
  expect(await screen.findByRole('link', { name: 'From elsewhere' })).toBeVisible();
});

test('After a reconnect the list is read again', async () => {
  const list = [sample()];
  const { hub } = board(() => list);
  await screen.findByRole('link', { name: 'Fix the flaky test' });
  list.push(sample({ id: 's2', title: 'Made meanwhile' }));
  act(() => hub.of('sessions/u1').watcher.reconnected?.());
  expect(await screen.findByRole('link', { name: 'Made meanwhile' })).toBeVisible();
});

test('The filter is reached with /, lives in the address and is cleared with Escape', async () => {
  const { user, router } = board(() => [sample(), sample({ id: 's2', title: 'Write docs' })]);
  await screen.findByRole('link', { name: 'Write docs' });
  await user.keyboard('/');
  await user.keyboard('DOCS');
  expect(screen.queryByRole('link', { name: 'Fix the flaky test' })).toBeNull();
  expect(router.state.location.search).toBe('?q=DOCS');
  await user.keyboard('{Escape}');
  expect(screen.getByRole('link', { name: 'Fix the flaky test' })).toBeVisible();
});

test('Filters by state and by repository', async () => {
  const { user, server } = board(() => [sample(), sample({ id: 's2', title: 'Done', state: 'stopped' })]);
  await screen.findByRole('link', { name: 'Done' });
  await user.selectOptions(screen.getByRole('combobox', { name: 'Filter by state' }), 'Stopped');
  expect(screen.queryByRole('link', { name: 'Fix the flaky test' })).toBeNull();
  await user.selectOptions(screen.getByRole('combobox', { name: 'Filter by repository' }), 'admin/api');
  await expect.poll(() => server.of('GET', '/v1/sessions').at(-1)?.query.get('repo')).toBe('admin/api');
});

test('With nothing there it says what to do', async () => {
  board(() => []);
  expect(await screen.findByRole('heading', { name: 'No sessions yet' })).toBeVisible();
  expect(screen.getByRole('link', { name: 'Start a session' })).toHaveAttribute('href', '/sessions/new');
});

test('A failure of the server shows its trace id and can be tried again', async () => {
  let broken = true;
  const { user } = show(<BoardPage />, {
    routes: {
      'GET /v1/sessions': () => (broken ? [500, { code: 'internal', message: 'Something broke.', traceId: 'abc123' }] : [200, { items: [sample()] }]),
      'GET /v1/repos': () => [200, { items: [] }],
    },
  });
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('Something broke.');
  expect(alert).toHaveTextContent('abc123');
  expect(within(alert).getByRole('button', { name: 'Copy trace id' })).toBeEnabled();
  broken = false;
  await user.click(within(alert).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: 'Fix the flaky test' })).toBeVisible();
});
