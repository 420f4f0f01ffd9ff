import { defineConfig } from '@playwright/test';

// The real program behind its own door, in Debian's Chromium. The window's tests have a configuration of their own.
export default defineConfig({
  testDir: 'e2e',
  testIgnore: process.env.SCREENS ? 'window/**' : ['window/**', 'screens.spec.ts'],
  outputDir: `${process.env.LEADTRAIL_ARTIFACTS ?? 'test-results'}/browser`,
  // No test depends on how fast the machine is: these only end what hangs.
  timeout: 240_000,
  expect: { timeout: 45_000 },
  workers: 2,
  // Until the whole suite was shown twenty times over without a failure; the list says which needed a second try.
  retries: process.env.CI ? 2 : 0,
  reporter: 'list',
  forbidOnly: Boolean(process.env.CI),
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    timezoneId: 'America/New_York',
    screenshot: 'only-on-failure',
    // Traces take longer than the tests: TRACE=1 where one is wanted.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
