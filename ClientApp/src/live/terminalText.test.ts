import { expect, test } from 'vitest';
import { event } from '../testing/samples';
import { terminalText } from './terminalText';

const text = (type: string, data: unknown, drawn = false) => terminalText(event(1, type, data), drawn);

test('Terminal output goes through as it is', () => {
  const raw = '\x1b[2J\x1b[1;1Hscreen\nwithout return';
  expect(text('engine.output', { stream: 'terminal', text: raw }, true)).toBe(raw);
});

test('A line of a pipe gets its end', () => {
  expect(text('engine.output', { stream: 'stdout', text: 'done' })).toBe('done\r\n');
});

test('A piece of a long line gets none', () => {
  expect(text('engine.output', { stream: 'stdout', text: 'half', partial: true })).toBe('half');
});

test('Errors of a pipe are red', () => {
  expect(text('engine.output', { stream: 'stderr', text: 'bad' })).toBe('\x1b[31mbad\x1b[0m\r\n');
});

test('Line ends within pipe text return the carriage', () => {
  expect(text('engine.output', { stream: 'stdout', text: 'a\nb\r\nc' })).toBe('a\r\nb\r\nc\r\n');
});

test('Input is echoed for a pipe only: a screen echoes by itself', () => {
  expect(text('input', { by: 'admin', text: 'yes' })).toContain('› yes');
  expect(text('input', { by: 'admin', text: 'yes' }, true)).toBe('');
});

test('The end is told with its code or its signal', () => {
  expect(text('engine.exited', { code: 3, signal: null })).toContain('exited with code 3');
  expect(text('engine.exited', { code: null, signal: 'KILL' })).toContain('ended by signal KILL');
});

test.each(['usage', 'diff.changed', 'session.state', 'engine.event', 'a.newer.type'])('%s writes nothing', (type) => {
  expect(text(type, { to: 'running' })).toBe('');
});
