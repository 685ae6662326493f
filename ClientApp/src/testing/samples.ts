import type { EventBatch, Repository, Session, SignedIn, StreamEvent } from '../api/types';

export const admin = { id: 'u1', username: 'admin', roles: ['admin'] };

export const signedIn = (accessToken: string, expiresAt = '2099-01-01T00:00:00Z'): SignedIn => ({ accessToken, expiresAt, user: admin });

export const sample = (change: Partial<Session> = {}): Session => ({
  id: 's1',
  title: 'Fix the flaky test',
  repo: 'admin/web',
  baseBranch: 'main',
  branch: 'squad/fix-s1',
  state: 'running',
  owner: 'admin',
  profile: 'command',
  createdAt: '2026-11-22T02:00:00Z',
  startedAt: '2026-11-22T02:00:05Z',
  lastSeq: 0,
  ...change,
});

export const sampleRepo = (change: Partial<Repository> = {}): Repository => ({
  id: 'r1',
  owner: 'admin',
  name: 'web',
  fullName: 'admin/web',
  cloneUrl: 'http://squad.test/admin/web.git',
  defaultBranch: 'main',
  empty: false,
  private: true,
  state: 'ready',
  createdAt: '2026-11-20T00:00:00Z',
  ...change,
});

export const event = (seq: number, type = 'engine.output', data: unknown = { stream: 'stdout', text: `line ${seq}` }): StreamEvent => ({
  seq,
  at: '2026-11-22T02:00:00Z',
  type,
  data,
});

/** Events `from` to `to`, both included. */
export const events = (from: number, to: number): StreamEvent[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => event(from + at));

export const batch = (from: number, to: number): EventBatch => ({ first: from, events: events(from, to) });

export const seqs = (list: readonly StreamEvent[]): number[] => list.map((each) => each.seq);
