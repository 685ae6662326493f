import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Where the server listens while the page is served by Vite (npm run dev).
const server = process.env['SQUAD_SERVER'] ?? 'http://127.0.0.1:5080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    sourcemap: false,
    chunkSizeWarningLimit: 600,
  },
  server: {
    proxy: {
      '/v1': server,
      '/hubs': { target: server, ws: true },
    },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // Waits end when what they wait for happens; the limits only bound a failure on a busy machine.
    testTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
  },
});
