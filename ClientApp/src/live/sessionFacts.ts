import type { DiffCount, EngineMode, Session, SessionReason, SessionState, StreamEvent } from '../api/types';
import { read } from './events';
import { never } from './never';

/** What a session's own events tell about it, newer than the answer to GET. Absent means that no event has said it yet. */
export interface SessionFacts {
  readonly seq: number;
  readonly state?: { readonly value: SessionState; readonly reason: SessionReason | undefined; readonly seq: number };
  readonly diff?: DiffCount;
  readonly exit?: { readonly code: number | undefined; readonly signal: string | undefined };
  readonly usage?: { readonly cpuPercent: number; readonly memoryBytes: number; readonly diskBytes: number };
  /** How the engine's output comes: as lines, or as a screen that it draws itself. */
  readonly mode?: EngineMode;
}

export const noFacts: SessionFacts = { seq: 0 };

export function reduceFacts(facts: SessionFacts, event: StreamEvent): SessionFacts {
  if (event.seq <= facts.seq) return facts;
  const next = { ...facts, seq: event.seq };
  const known = read(event);
  switch (known.type) {
    case 'session.state':
      return { ...next, state: { value: known.to, reason: known.reason, seq: event.seq } };
    case 'diff.changed':
      return { ...next, diff: known.diff };
    case 'engine.exited':
      return { ...next, exit: { code: known.code, signal: known.signal } };
    case 'usage':
      return { ...next, usage: { cpuPercent: known.cpuPercent, memoryBytes: known.memoryBytes, diskBytes: known.diskBytes } };
    case 'engine.output':
      return { ...next, mode: known.stream === 'terminal' ? 'terminal' : 'pipe' };
    case 'engine.started':
      return known.mode ? { ...next, mode: known.mode } : next;
    case 'workspace.ready':
    case 'setup.output':
    case 'engine.event':
    case 'input':
    case 'approval.asked':
    case 'approval.answered':
    case 'error':
    case 'unknown':
      return next;
    default:
      return never(known);
  }
}

/** The session as its newest source says: facts count only where they are newer than the answer they complete. */
export function withFacts(session: Session, facts: SessionFacts): Session {
  const lastSeq = Math.max(session.lastSeq, facts.seq);
  const fresh = facts.state !== undefined && facts.state.seq > session.lastSeq ? facts.state : undefined;
  return {
    ...session,
    lastSeq,
    ...(fresh && { state: fresh.value, reason: fresh.reason ?? null }),
    ...(facts.diff && { diff: facts.diff }),
    ...(session.exitCode == null && facts.exit?.code !== undefined && { exitCode: facts.exit.code }),
  };
}
