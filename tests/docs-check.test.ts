import { expect, test } from 'vitest'
import { parsePage } from '../tools/docs-check/page.ts'
import { missingLine } from '../tools/docs-check/shown.ts'

test('blocks of commands and of sessions are read, those of lists too', () => {
  const page = `# Page

1. Begin:

   \`\`\`console
   $ fairlead upgrade status \\
       up
   up  2.1.9  Complete: every node is done

   $ ls
   \`\`\`

   <!-- first: rm file -->

   \`\`\`sh
   cat file
   \`\`\`

<!-- not run: it takes a node -->

\`\`\`sh
# nothing
fairlead doctor
\`\`\`
`
  expect(parsePage(page)).toEqual([
    {
      line: 5,
      notRun: undefined,
      commands: [
        {
          text: 'fairlead upgrade status      up',
          shown: ['up  2.1.9  Complete: every node is done'],
        },
        { text: 'ls', shown: [] },
      ],
    },
    {
      line: 13,
      notRun: undefined,
      commands: [
        { text: 'rm file', shown: [] },
        { text: 'cat file', shown: [] },
      ],
    },
    { line: 19, notRun: 'it takes a node', commands: [{ text: 'fairlead doctor', shown: [] }] },
  ])
})

test('what is shown has to be printed in its order, times and widths aside', () => {
  const printed = `SLOT    VERSION              STAGED
1.7.24  containerd 1.7.24    2026-11-29 12:00
noise
node worker-1  soak for 12 s: soaks
`
  const shown = ['SLOT VERSION STAGED', '1.7.24 containerd 1.7.24 2027-01-01 09:30', '...']
  expect(missingLine([...shown, 'node worker-1 soak for 3 s: soaks'], printed)).toBeUndefined()
  expect(missingLine(['node worker-1 ...', 'SLOT ...'], printed)).toBe('SLOT ...')
  expect(missingLine(['1.7.25 containerd 1.7.25 2027-01-01 09:30'], printed)).toMatch('1.7.25')
})
