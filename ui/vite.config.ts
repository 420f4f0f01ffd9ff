import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// `LEADTRAIL_API` points the development server at a running `leadtrail serve`.
const api = process.env.LEADTRAIL_API ?? 'http://127.0.0.1:8788';

export default defineConfig({
  plugins: [svelte()],
  server: { proxy: { '/api': { target: api, changeOrigin: true } } },
  build: {
    target: 'es2022',
    // The content security policy allows nothing inline, so no asset becomes a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
