import type { DiffCount, EngineMode, Session, SessionReason, SessionState, StreamEvent } from '../api/types';
import { sessionStates } from '../api/types';

/** The event types this page knows, with their data. Anything else, from a newer server, is `unknown` and still shown. */
export type KnownEvent =
  | { type: 'session.state'; from: SessionState | undefined; to: SessionState; reason: SessionReason | undefined }
  | { type: 'workspace.ready'; commit: string; branch: string; ms: number }
  | { type: 'setup.output'; text: string; stderr: boolean; partial: boolean }
  | { type: 'engine.started'; program: string; mode: EngineMode | undefined }
  | { type: 'engine.output'; text: string; stream: 'stdout' | 'stderr' | 'terminal'; partial: boolean }
  | { type: 'engine.event'; value: unknown }
  | { type: 'engine.exited'; code: number | undefined; signal: string | undefined; ms: number }
  | { type: 'diff.changed'; diff: DiffCount }
  | { type: 'usage'; cpuPercent: number; memoryBytes: number; diskBytes: number }
  | { type: 'input'; by: string; text: string }
  | { type: 'approval.asked'; what: string }
  | { type: 'approval.answered'; what: string }
  | { type: 'error'; code: string; message: string }
  | { type: 'unknown' };

type Data = Record<string, unknown>;
const record = (value: unknown): Data => (typeof value === 'object' && value !== null ? (value as Data) : {});
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const optional = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const state = (value: unknown): SessionState | undefined => sessionStates.find((known) => known === value);
const first = (...values: unknown[]): string => text(values.find((value) => typeof value === 'string' && value !== ''));

const reasonOf = (value: unknown): SessionReason | undefined => {
  const { code, message } = record(value);
  return typeof message === 'string' && message !== '' ? { code: text(code), message } : undefined;
};

/** Reads an event's data without trusting it: what is missing or of another type reads as empty. */
export function read(event: StreamEvent): KnownEvent {
  const data = record(event.data);
  switch (event.type) {
    case 'session.state': {
      const to = state(data['to']);
      return to ? { type: event.type, from: state(data['from']), to, reason: reasonOf(data['reason']) } : { type: 'unknown' };
    }
    case 'workspace.ready':
      return { type: event.type, commit: text(data['commit']), branch: text(data['branch']), ms: number(data['ms']) };
    case 'setup.output':
      return { type: event.type, text: text(data['text']), stderr: data['stream'] === 'stderr', partial: data['partial'] === true };
    case 'engine.started': {
      const mode = data['mode'] === 'pipe' || data['mode'] === 'terminal' ? data['mode'] : undefined;
      return { type: event.type, program: text(data['program']), mode };
    }
    case 'engine.output': {
      const stream = data['stream'] === 'stderr' || data['stream'] === 'terminal' ? data['stream'] : 'stdout';
      return { type: event.type, text: text(data['text']), stream, partial: data['partial'] === true };
    }
    case 'engine.event':
      return { type: event.type, value: event.data };
    case 'engine.exited': {
      const code = data['code'];
      return {
        type: event.type,
        code: typeof code === 'number' ? code : undefined,
        signal: optional(data['signal']),
        ms: number(data['ms']),
      };
    }
    case 'diff.changed':
      return {
        type: event.type,
        diff: { added: number(data['added']), removed: number(data['removed']), files: number(data['files']) },
      };
    case 'usage':
      return {
        type: event.type,
        cpuPercent: number(data['cpuPercent']),
        memoryBytes: number(data['memoryBytes']),
        diskBytes: number(data['diskBytes']),
      };
    case 'input':
      return { type: event.type, by: text(data['by']), text: text(data['text']) };
    case 'approval.asked':
    case 'approval.answered':
      return { type: event.type, what: first(data['question'], data['tool'], data['message'], data['answer']) };
    case 'error':
      return { type: event.type, code: text(data['code']), message: text(data['message']) };
    default:
      return { type: 'unknown' };
  }
}

/** Whether `value`, the `session` of a `session.changed` event, can stand for a session. */
export const isSession = (value: unknown): value is Session => {
  const data = record(value);
  return typeof data['id'] === 'string' && state(data['state']) !== undefined && typeof data['lastSeq'] === 'number';
};
