import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { signedIn } from '../testing/samples';
import { show } from '../testing/render';
import { SetupPage } from './SetupPage';

const fill = async (user: ReturnType<typeof show>['user'], password: string, again: string) => {
  await user.type(screen.getByLabelText('Password'), password);
  await user.type(screen.getByLabelText('Password again'), again);
  await user.click(screen.getByRole('button', { name: 'Set password and sign in' }));
};

test('The link and a password sign in, and the token leaves the address', async () => {
  const { user, server, router } = show(<SetupPage />, { path: '/setup', at: '/setup?token=one', routes: { 'POST /v1/auth/setup': () => [200, signedIn('t1')] } });
  await fill(user, 'a long password', 'a long password');
  await expect.poll(() => router.state.location.pathname + router.state.location.search).toBe('/');
  expect(server.of('POST', '/v1/auth/setup')[0]?.body).toEqual({ token: 'one', password: 'a long password' });
});

test('Two different passwords are not sent', async () => {
  const { user, server } = show(<SetupPage />, { path: '/setup', at: '/setup?token=one' });
  await fill(user, 'a long password', 'another password');
  expect(screen.getByLabelText('Password again')).toHaveAccessibleDescription('The two are not the same.');
  expect(server.of('POST', '/v1/auth/setup')).toHaveLength(0);
});

test('What the server says of the password stands by the password', async () => {
  const { user } = show(<SetupPage />, {
    path: '/setup',
    at: '/setup?token=one',
    routes: { 'POST /v1/auth/setup': () => [422, { code: 'validation', message: 'Not valid.', details: [{ field: 'password', message: 'Too common.' }] }] },
  });
  await fill(user, 'password1', 'password1');
  await expect.poll(() => screen.getByLabelText('Password')).toHaveAccessibleDescription(/Too common/);
  expect(screen.queryByRole('alert')).toBeNull();
});

test('A used link is told', async () => {
  const { user } = show(<SetupPage />, {
    path: '/setup',
    at: '/setup?token=used',
    routes: { 'POST /v1/auth/setup': () => [409, { code: 'auth.setupDone', message: 'Setup is done already.' }] },
  });
  await fill(user, 'a long password', 'a long password');
  expect(await screen.findByRole('alert')).toHaveTextContent('Setup is done already.');
});

test('Without a token there is no form', () => {
  show(<SetupPage />, { path: '/setup' });
  expect(screen.getByText('This link is not complete')).toBeVisible();
  expect(screen.queryByRole('button', { name: /Set password/ })).toBeNull();
});
