import { render } from 'preact'
import '../../lab/report/ui/report.css'
import './ui.css'
import { Nav } from './nav.tsx'
import { NodePage } from './node-page.tsx'
import { RunPage } from './run-page.tsx'
import { RunsPage } from './runs-page.tsx'
import { UpgradesPage } from './upgrades-page.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('The page has no #app')
const [, page = '', id] = location.pathname.split('/')
render(
  <>
    <Nav current={`/${page}`} />
    {pageOf(page, id)}
  </>,
  root,
)

function pageOf(page: string, id: string | undefined) {
  switch (page) {
    case 'runs':
      return id === undefined ? <RunsPage /> : <RunPage id={id} />
    case 'upgrades':
      return <UpgradesPage />
    default:
      return <NodePage />
  }
}
