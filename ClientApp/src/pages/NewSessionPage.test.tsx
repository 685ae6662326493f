import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { sample, sampleRepo } from '../testing/samples';
import { show } from '../testing/render';
import { NewSessionPage } from './NewSessionPage';

type Routes = NonNullable<Parameters<typeof show>[1]>['routes'];

const form = (routes: Routes = {}, at = '/sessions/new') =>
  show(<NewSessionPage />, {
    path: '/sessions/new',
    at,
    routes: {
      'GET /v1/repos': () => [200, { items: [sampleRepo({ id: 'r0', name: 'blank', fullName: 'admin/blank', empty: true }), sampleRepo()] }],
      'GET /v1/repos/admin/web/branches': () => [
        200,
        { items: [{ name: 'main', commit: 'a', default: true }, { name: 'next', commit: 'b', default: false }] },
      ],
      'GET /v1/profiles': () => [
        200,
        {
          items: [
            { name: 'shell', title: 'Shell', command: 'bash', mode: 'terminal', description: 'A shell' },
            { name: 'command', title: 'Command', command: null, mode: 'pipe', description: 'One command' },
          ],
        },
      ],
      'POST /v1/sessions': () => [201, sample({ id: 's9' })],
      ...routes,
    },
  });

test('The first repository that has something in it and the first profile are chosen', async () => {
  form();
  expect(await screen.findByRole('option', { name: 'next' })).toBeInTheDocument();
  expect(screen.getByRole('combobox', { name: 'Repository' })).toHaveValue('admin/web');
  expect(screen.getByRole('option', { name: 'admin/blank (empty)' })).toBeDisabled();
  expect(screen.getByRole('radio', { name: /Shell/ })).toBeChecked();
});

test('Only what was filled in is sent, and the new session is opened', async () => {
  const { user, server, router } = form();
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Base branch' }), await screen.findByRole('option', { name: 'next' }));
  await user.type(screen.getByRole('textbox', { name: 'Prompt' }), 'Fix it');
  await user.click(screen.getByRole('button', { name: 'Start session' }));
  await expect.poll(() => router.state.location.pathname).toBe('/sessions/s9');
  expect(server.of('POST', '/v1/sessions')[0]?.body).toEqual({ repo: 'admin/web', profile: 'shell', branch: 'next', prompt: 'Fix it' });
});

test('The command profile needs a command', async () => {
  const { user, server } = form();
  await user.click(await screen.findByRole('radio', { name: /Command/ }));
  const command = screen.getByRole('textbox', { name: 'Command' });
  expect(command).toBeRequired();
  await user.type(command, 'make test');
  await user.click(screen.getByRole('button', { name: 'Start session' }));
  await expect.poll(() => server.of('POST', '/v1/sessions')[0]?.body).toEqual({ repo: 'admin/web', profile: 'command', command: 'make test' });
});

test('The repository and the branch of a link are taken over', async () => {
  form({}, '/sessions/new?repo=admin%2Fweb&branch=next');
  await screen.findByRole('option', { name: 'next' });
  expect(screen.getByRole('combobox', { name: 'Base branch' })).toHaveValue('next');
});

test('Errors of fields stand by their fields, also by one that was folded away', async () => {
  const { user } = form({
    'POST /v1/sessions': () => [
      422,
      {
        code: 'validation',
        message: 'Not valid.',
        details: [{ field: 'branch', message: 'No such branch.' }, { field: 'image', message: 'No such image.' }],
      },
    ],
  });
  await screen.findByRole('option', { name: 'next' });
  await user.click(screen.getByRole('button', { name: 'Start session' }));
  await expect.poll(() => screen.getByRole('combobox', { name: 'Base branch' })).toHaveAccessibleDescription(/No such branch/);
  expect(screen.getByRole('textbox', { name: 'Image' })).toHaveAccessibleDescription(/No such image/);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('A quota that is used up is told above the form', async () => {
  const { user } = form({ 'POST /v1/sessions': () => [429, { code: 'quota.sessions', message: '3 of 3 sessions are running.' }] });
  await screen.findByRole('option', { name: 'next' });
  await user.click(screen.getByRole('button', { name: 'Start session' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('3 of 3 sessions are running.');
});

test('Without a repository it leads to making one', async () => {
  form({ 'GET /v1/repos': () => [200, { items: [] }] });
  expect(await screen.findByRole('link', { name: 'Add a repository' })).toBeVisible();
});
