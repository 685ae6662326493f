import type { ReactNode } from 'react';
import { Logo } from '../system/Logo';
import { ThemeButton } from '../system/ThemeButton';
import './AuthFrame.css';

/** The frame of the pages one sees before being signed in. */
export const AuthFrame = ({ title, children }: { title: string; children: ReactNode }) => (
  <main className="auth">
    <div className="auth-side" aria-hidden="true">
      <div className="auth-grid">
        {Array.from({ length: 48 }, (_, cell) => (
          <i key={cell} />
        ))}
      </div>
      <p className="auth-line">
        Agents at work.
        <br />
        On your own machines.
      </p>
    </div>
    <div className="auth-main">
      <div className="auth-bar">
        <Logo />
        <ThemeButton />
      </div>
      <div className="auth-form">
        <h1>{title}</h1>
        {children}
      </div>
    </div>
  </main>
);
