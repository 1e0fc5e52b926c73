import { defineConfig } from 'vite'

/** The pages of this package, each by the mode it is built in. */
const PAGES = {
  /** Puts `report.js` and `report.css` into `dist`, and the lab both into each report: one file, no server. */
  report: { root: 'src/lab/report/ui', outDir: 'report-ui' },
  /** `ui.js` and `ui.css`, which `fairlead ui` serves. */
  ui: { root: 'src/ui/page', outDir: 'live-ui' },
} as const

export default defineConfig(({ mode }) => {
  const name = mode === 'ui' ? 'ui' : 'report'
  const { root, outDir } = PAGES[name]
  return {
    root: `${import.meta.dirname}/${root}`,
    publicDir: false,
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: `${import.meta.dirname}/dist/${outDir}`,
      emptyOutDir: true,
      target: 'es2022',
      cssCodeSplit: false,
      modulePreload: false,
      rolldownOptions: {
        input: `${import.meta.dirname}/${root}/main.tsx`,
        output: {
          format: 'iife',
          entryFileNames: `${name}.js`,
          assetFileNames: `${name}[extname]`,
        },
      },
    },
  }
})
