import { defineConfig } from 'vitest/config'

// Tests run the sources, not dist: the `fairlead-source` export condition leads there.
const resolve = { conditions: ['fairlead-source'] }

export default defineConfig({
  ssr: { resolve },
  test: {
    projects: [
      {
        ssr: { resolve },
        test: { name: 'unit', include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'] },
      },
      {
        ssr: { resolve },
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Real runtimes on a small machine: one file at a time keeps the timings honest.
          fileParallelism: false,
          // Within a file, trials that mostly wait may do so at once.
          maxConcurrency: 10,
        },
      },
    ],
  },
})
