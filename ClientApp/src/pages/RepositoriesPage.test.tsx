import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { nameFromUrl } from '../features/repositories/NewRepositoryDialog';
import { sampleRepo } from '../testing/samples';
import { show } from '../testing/render';
import { RepositoriesPage } from './RepositoriesPage';

const listed = { 'GET /v1/repos': () => [200, { items: [sampleRepo()] }] as [number, unknown] };

test('Each repository shows its clone address to copy', async () => {
  const { user } = show(<RepositoriesPage />, { routes: listed });
  await user.click(await screen.findByRole('button', { name: 'Copy clone address of admin/web' }));
  expect(await navigator.clipboard.readText()).toBe('http://squad.test/admin/web.git');
  expect(screen.getByText('Copied')).toBeInTheDocument();
});

test('Creating one leads to it', async () => {
  const { user, server, router } = show(<RepositoriesPage />, { routes: { ...listed, 'POST /v1/repos': () => [201, sampleRepo({ name: 'api' })] } });
  await user.click(await screen.findByRole('button', { name: 'Create repository' }));
  const dialog = screen.getByRole('dialog', { name: 'Create a repository' });
  expect(within(dialog).getByRole('textbox', { name: 'Name' })).toHaveFocus();
  await user.keyboard('api{Enter}');
  await expect.poll(() => router.state.location.pathname).toBe('/repositories/admin/api');
  expect(server.of('POST', '/v1/repos')[0]?.body).toEqual({ name: 'api', private: true });
});

test('Importing takes the name from the address unless one is given', async () => {
  const { user, server } = show(<RepositoriesPage />, { routes: { ...listed, 'POST /v1/repos': () => [201, sampleRepo()] } });
  await user.click(await screen.findByRole('button', { name: 'Import' }));
  await user.type(screen.getByRole('textbox', { name: 'From' }), 'https://example.com/team/project.git{Enter}');
  await expect.poll(() => server.of('POST', '/v1/repos')[0]?.body).toEqual({ name: 'project', private: true, importUrl: 'https://example.com/team/project.git' });
});

test('A refused name is told by the name, and sent again with the same key only unchanged', async () => {
  const { user, server } = show(<RepositoriesPage />, {
    at: '/?new=create',
    path: '/',
    routes: { ...listed, 'POST /v1/repos': () => [422, { code: 'validation', message: 'Not valid.', details: [{ field: 'name', message: 'Taken.' }] }] },
  });
  const name = await screen.findByRole('textbox', { name: 'Name' });
  await user.type(name, 'web{Enter}');
  await expect.poll(() => name).toHaveAccessibleDescription(/Taken/);
  expect(screen.queryByRole('alert')).toBeNull();
  await user.type(name, '{Enter}');
  await user.type(name, '2{Enter}');
  await expect.poll(() => server.of('POST', '/v1/repos').length).toBe(3);
  const keys = server.of('POST', '/v1/repos').map((call) => call.headers.get('idempotency-key'));
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[1]);
});

test('An import that failed says why', async () => {
  show(<RepositoriesPage />, { routes: { 'GET /v1/repos': () => [200, { items: [sampleRepo({ state: 'failed', error: 'Remote refused.' })] }] } });
  expect(await screen.findByText('Import failed')).toBeVisible();
  expect(screen.getByText('Remote refused.')).toBeVisible();
});

test('With none there it offers both ways', async () => {
  show(<RepositoriesPage />, { routes: { 'GET /v1/repos': () => [200, { items: [] }] } });
  expect(await screen.findByRole('heading', { name: 'No repositories yet' })).toBeVisible();
  expect(screen.getByRole('button', { name: 'Import' })).toBeVisible();
});

test.each([
  ['https://example.com/team/project.git', 'project'],
  ['https://example.com/team/project/', 'project'],
  ['git@example.com:team/my project.git', 'my-project'],
  ['/srv/git/tool.git?x=1#y', 'tool'],
  ['', ''],
])('The name taken from %j is %j', (url, name) => {
  expect(nameFromUrl(url)).toBe(name);
});
