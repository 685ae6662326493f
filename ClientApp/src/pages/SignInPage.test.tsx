import { screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { signedIn } from '../testing/samples';
import { show } from '../testing/render';
import { SignInPage } from './SignInPage';

const ready = { 'GET /v1/auth/status': () => [200, { setupRequired: false }] as [number, unknown] };

test('Signing in sends the name and the password', async () => {
  const { user, server, auth } = show(<SignInPage />, { routes: { ...ready, 'POST /v1/auth/login': () => [200, signedIn('t1')] } });
  await user.type(screen.getByRole('textbox', { name: 'Username' }), 'admin');
  await user.type(screen.getByLabelText('Password'), 'secret{Enter}');
  await expect.poll(() => auth.snapshot().status).toBe('signedIn');
  expect(server.of('POST', '/v1/auth/login')[0]?.body).toEqual({ username: 'admin', password: 'secret' });
});

test('A wrong password is told, and the password is to be typed again', async () => {
  const { user } = show(<SignInPage />, {
    routes: { ...ready, 'POST /v1/auth/login': () => [401, { code: 'auth.invalid', message: 'Username or password is wrong.' }] },
  });
  await user.type(screen.getByRole('textbox', { name: 'Username' }), 'admin');
  await user.type(screen.getByLabelText('Password'), 'guess');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Username or password is wrong.');
  expect(screen.getByRole('textbox', { name: 'Username' })).toHaveValue('admin');
  expect(screen.getByLabelText('Password')).toHaveValue('');
});

test('Before setup it is said where the link is', async () => {
  show(<SignInPage />, { routes: { 'GET /v1/auth/status': () => [200, { setupRequired: true }] } });
  expect(await screen.findByText('Squad has no administrator yet')).toBeVisible();
});
