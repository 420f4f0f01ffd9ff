import { defineConfig } from '@playwright/test';

// Playwright only runs these tests: the window is WebKitGTK's, and is driven by WebKitWebDriver.
export default defineConfig({
  testDir: 'e2e/window',
  outputDir: `${process.env.LEADTRAIL_ARTIFACTS ?? 'test-results'}/window`,
  timeout: 90_000,
  workers: 1,
  retries: process.env.CI ? 2 : 0,
  reporter: 'list',
  forbidOnly: Boolean(process.env.CI),
});
