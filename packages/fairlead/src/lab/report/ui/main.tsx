import { render } from 'preact'
import { App } from './app.tsx'
import { readReport } from './read-report.ts'
import './report.css'

const root = document.getElementById('app')
const data = document.getElementById('report')
if (root === null || data === null) throw new Error('The page has no #app or no #report')

const read = readReport(data.textContent)
render(read.ok ? <App report={read.report} /> : <p class="unreadable">{read.reason}</p>, root)
