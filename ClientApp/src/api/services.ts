import { createContext, useContext, useSyncExternalStore } from 'react';
import type { LiveHub, LinkStatus } from '../live/hub';
import type { BoardStream } from '../live/boardStream';
import type { Api } from './client';
import type { Auth, AuthState } from './auth';
import type { User } from './types';

/** What exists from page load on. */
export interface Services {
  auth: Auth;
  api: Api;
}

/** What exists while someone is signed in. */
export interface LiveServices {
  user: User;
  hub: Pick<LiveHub, 'watch' | 'subscribe' | 'snapshot' | 'retry'>;
  board: Pick<BoardStream, 'subscribe' | 'snapshot'>;
}

export const ServicesContext = createContext<Services | null>(null);
export const LiveContext = createContext<LiveServices | null>(null);

function required<T>(value: T | null, name: string): T {
  if (value === null) throw new Error(`Used outside of its provider: ${name}`);
  return value;
}

export const useServices = (): Services => required(useContext(ServicesContext), 'ServicesContext');
export const useLive = (): LiveServices => required(useContext(LiveContext), 'LiveContext');

export function useAuthState(): AuthState {
  const { auth } = useServices();
  return useSyncExternalStore(auth.subscribe, auth.snapshot);
}

export function useLinkStatus(): LinkStatus {
  const { hub } = useLive();
  return useSyncExternalStore(hub.subscribe, hub.snapshot);
}
