import { defineConfig } from 'vite'

/**
 * Builds the report page into `dist/report-ui`: `report.js` and `report.css`, which the lab puts
 * into each report, so that a report is one file that opens without a server.
 */
export default defineConfig({
  root: `${import.meta.dirname}/src/lab/report/ui`,
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: `${import.meta.dirname}/dist/report-ui`,
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: {
      input: `${import.meta.dirname}/src/lab/report/ui/main.tsx`,
      output: {
        format: 'iife',
        entryFileNames: 'report.js',
        assetFileNames: 'report[extname]',
      },
    },
  },
})
