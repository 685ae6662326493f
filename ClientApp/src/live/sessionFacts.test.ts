import { expect, test } from 'vitest';
import { event, sample } from '../testing/samples';
import { noFacts, reduceFacts, withFacts } from './sessionFacts';

const facts = (...list: Parameters<typeof event>[]) => list.map((each) => event(...each)).reduce(reduceFacts, noFacts);

test('The last state wins', () => {
  const result = facts([1, 'session.state', { from: 'queued', to: 'running' }], [2, 'session.state', { to: 'failed', reason: { code: 'setup.failed', message: 'It broke.' } }]);
  expect(result.state).toEqual({ value: 'failed', reason: { code: 'setup.failed', message: 'It broke.' }, seq: 2 });
});

test('An event from before is not taken twice', () => {
  const newer = facts([5, 'session.state', { to: 'running' }]);
  expect(reduceFacts(newer, event(4, 'session.state', { to: 'queued' }))).toBe(newer);
});

test('A state that this page does not know changes nothing but the count', () => {
  expect(facts([3, 'session.state', { to: 'hibernating' }])).toEqual({ seq: 3 });
});

test.each([
  ['terminal', 'terminal'],
  ['stdout', 'pipe'],
  ['stderr', 'pipe'],
] as const)('Output of %s tells that the engine is in %s mode', (stream, mode) => {
  expect(facts([1, 'engine.output', { stream, text: 'x' }]).mode).toBe(mode);
});

test('The exit, the diff and the usage are kept', () => {
  const result = facts(
    [1, 'diff.changed', { added: 3, removed: 1, files: 2 }],
    [2, 'usage', { cpuPercent: 50, memoryBytes: 1_024, diskBytes: 0 }],
    [3, 'engine.exited', { code: null, signal: 'KILL', ms: 10 }],
  );
  expect(result).toMatchObject({ diff: { added: 3, removed: 1, files: 2 }, usage: { cpuPercent: 50 }, exit: { code: undefined, signal: 'KILL' } });
});

test.each([null, undefined, 'text', 7, [], {}])('Malformed data (%j) breaks no type of event', (data) => {
  const types = ['session.state', 'engine.output', 'engine.exited', 'engine.started', 'diff.changed', 'usage', 'input', 'error', 'new.type'];
  expect(types.map((type, at) => event(at + 1, type, data)).reduce(reduceFacts, noFacts).seq).toBe(types.length);
});

test('A state is laid over the answer only where it is newer', () => {
  const running = facts([7, 'session.state', { to: 'stopping' }]);
  expect(withFacts(sample({ lastSeq: 6 }), running).state).toBe('stopping');
  expect(withFacts(sample({ lastSeq: 9, state: 'stopped' }), running).state).toBe('stopped');
});

test('The exit code is shown before the answer has it', () => {
  const exited = facts([8, 'engine.exited', { code: 2, ms: 1 }]);
  expect(withFacts(sample({ lastSeq: 3 }), exited).exitCode).toBe(2);
  expect(withFacts(sample({ lastSeq: 9, exitCode: 0 }), exited).exitCode).toBe(0);
});
