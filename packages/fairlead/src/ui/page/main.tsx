import { render } from 'preact'
import '../../lab/report/ui/report.css'
import './ui.css'
import { followNode } from './live.ts'
import { Nav } from './nav.tsx'
import { NodePage } from './node-page.tsx'
import { RunPage } from './run-page.tsx'
import { RunsPage } from './runs-page.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('The page has no #app')
const [, page, id] = location.pathname.split('/')
render(
  <>
    <Nav current={page === 'runs' ? '/runs' : '/'} />
    {page !== 'runs' && <NodePage live={followNode()} />}
    {page === 'runs' && id === undefined && <RunsPage />}
    {page === 'runs' && id !== undefined && <RunPage id={id} />}
  </>,
  root,
)
