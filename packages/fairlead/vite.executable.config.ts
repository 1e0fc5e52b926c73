import { defineConfig } from 'vite'

/** Bundles the program and all it depends on into `dist/executable/fairlead.cjs`, for `tools/executable.ts`. */
export default defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  resolve: { conditions: ['fairlead-source'] },
  ssr: { noExternal: true, resolve: { conditions: ['fairlead-source'] } },
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist/executable',
    emptyOutDir: true,
    target: 'node24',
    rolldownOptions: {
      output: { format: 'cjs', entryFileNames: 'fairlead.cjs', codeSplitting: false },
    },
  },
})
