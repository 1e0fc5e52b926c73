import { render } from 'preact'
import '../../lab/report/ui/report.css'
import './ui.css'
import { followNode } from './live.ts'
import { NodePage } from './node-page.tsx'

const root = document.getElementById('app')
if (root === null) throw new Error('The page has no #app')
render(<NodePage live={followNode()} />, root)
