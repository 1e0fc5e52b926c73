import { useMemo } from 'preact/hooks'
import type { Timeline, TrialReport } from '../../lab/report/report.ts'
import { App } from '../../lab/report/ui/app.tsx'
import { type EvidenceSource, Evidences } from '../../lab/report/ui/evidence-source.ts'
import { readReport } from '../../lab/report/ui/read-report.ts'
import { fetchText, useFetched } from './fetched.ts'

/** The report of one run, as its own page shows it; `id` as it is in the address. */
export function RunPage({ id }: { readonly id: string }) {
  const address = `/api/runs/${id}`
  const fetched = useFetched(address)
  const source = useMemo(() => servedAt(address), [address])
  switch (fetched.state) {
    case 'loading':
      return <p class="nothing">The report is being read.</p>
    case 'failed':
      return <p role="alert">{fetched.reason}</p>
    case 'here': {
      const read = readReport(fetched.text)
      if (!read.ok) return <p role="alert">{read.reason}</p>
      return (
        <Evidences.Provider value={source}>
          <App report={read.report} />
        </Evidences.Provider>
      )
    }
  }
}

function servedAt(address: string): EvidenceSource {
  const href = ({ id }: TrialReport, what: string) => `${address}/${encodeURIComponent(id)}/${what}`
  return {
    timeline: async (trial): Promise<Timeline | undefined> => {
      const fetched = await fetchText(href(trial, 'timeline'))
      // The server has made it of a trace that it has checked.
      return fetched.state === 'here' ? JSON.parse(fetched.text) : undefined
    },
    href: (trial, file) => href(trial, file === 'trace' ? 'trace' : 'log'),
    missing: ({ files }) => `the folder of the report has no ${files.trace} that can be read.`,
  }
}
