import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { useEffect, useRef } from 'react';
import { TerminalFeed } from '../../live/terminalFeed';
import type { SessionStream } from '../../live/sessionStream';

interface TerminalViewProps {
  stream: Pick<SessionStream, 'attach'>;
  /** Keys go to the engine. */
  typing: boolean;
  onType: (text: string) => void;
  /** The size that the engine should draw for; asked once at the start and after each change. */
  onSize: (columns: number, rows: number) => void;
  /** The focus is to go elsewhere. */
  onLeave: () => void;
}

/** Dark in both themes: programs choose their colours for a dark screen. */
const theme = {
  background: '#0b0d0a',
  foreground: '#d9ded2',
  cursor: '#b5ec45',
  cursorAccent: '#0b0d0a',
  selectionBackground: '#3a4a22',
  black: '#171b14',
  red: '#ff7b6b',
  green: '#a5d94a',
  yellow: '#f2b53c',
  blue: '#7db9e8',
  magenta: '#d19ae0',
  cyan: '#72cfc0',
  white: '#d9ded2',
  brightBlack: '#6f7868',
  brightRed: '#ff9d90',
  brightGreen: '#c6f567',
  brightYellow: '#ffd479',
  brightBlue: '#a6d2f5',
  brightMagenta: '#e5bdf0',
  brightCyan: '#a0e6da',
  brightWhite: '#f6f9f1',
  overviewRulerBorder: '#0b0d0a',
  scrollbarSliderBackground: '#eaeee41f',
  scrollbarSliderHoverBackground: '#eaeee43d',
  scrollbarSliderActiveBackground: '#eaeee45c',
};

const sizeSettleMs = 150;

export default function TerminalView({ stream, typing, onType, onSize, onLeave }: TerminalViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | null>(null);
  const latest = useRef({ typing, onType, onSize, onLeave });
  latest.current = { typing, onType, onSize, onLeave };

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const xterm = new Terminal({
      theme,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue('--mono') || 'monospace',
      fontSize: element.clientWidth < 480 ? 11.5 : 13,
      // No gap between lines: boxes that programs draw must close.
      lineHeight: 1,
      scrollback: 10_000,
      overviewRuler: { width: 10 },
      disableStdin: !latest.current.typing,
      cursorInactiveStyle: 'outline',
      minimumContrastRatio: 3,
    });
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    xterm.open(element);
    terminal.current = xterm;

    let settle: ReturnType<typeof setTimeout> | undefined;
    let told = '';
    const tell = () => {
      const size = `${xterm.cols}x${xterm.rows}`;
      if (size === told) return;
      told = size;
      latest.current.onSize(xterm.cols, xterm.rows);
    };
    // A hidden tab has no size; the terminal then keeps the one it had.
    const resize = () => {
      if (element.clientWidth === 0 || element.clientHeight === 0) return;
      fit.fit();
      clearTimeout(settle);
      settle = setTimeout(tell, sizeSettleMs);
    };
    const observer = new ResizeObserver(resize);
    observer.observe(element);

    // Without input Tab belongs to the page; with it, Ctrl+F6 is the way out for those who have only a keyboard.
    xterm.attachCustomKeyEventHandler((event) => {
      if (event.key === 'Tab' && !latest.current.typing) return false;
      if (event.key !== 'F6' || !event.ctrlKey) return true;
      if (event.type === 'keydown') latest.current.onLeave();
      event.preventDefault();
      return false;
    });
    xterm.onData((data) => latest.current.typing && latest.current.onType(data));
    const feed = new TerminalFeed(xterm);
    const detach = stream.attach(feed.push);
    return () => {
      detach();
      feed.close();
      observer.disconnect();
      clearTimeout(settle);
      terminal.current = null;
      xterm.dispose();
    };
  }, [stream]);

  useEffect(() => {
    const xterm = terminal.current;
    if (!xterm) return;
    xterm.options.disableStdin = !typing;
    xterm.options.cursorBlink = typing;
    // The engine that now listens has not been told the size yet.
    if (typing) latest.current.onSize(xterm.cols, xterm.rows);
  }, [typing]);

  return <div className="screen-host" ref={host} />;
}
