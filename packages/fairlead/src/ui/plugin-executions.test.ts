import { expect, test } from 'vitest'
import type { PluginProcess } from '../plugin-processes.ts'
import { PluginExecutions } from './plugin-executions.ts'

function running(pid: number, ageMs: number, startTick = 1): PluginProcess {
  const process = { pid, startTick }
  return { process, plugin: 'bridge', verb: 'ADD', containerId: 'c', pod: 'default/web', ageMs }
}

const exec = {
  type: 'exec',
  id: 1,
  plugin: 'bridge',
  verb: 'ADD',
  containerId: 'c',
  ifName: '',
  pod: 'default/web',
}

test('a plugin that runs at the first look is told from its own beginning', () => {
  expect(new PluginExecutions().look([running(7, 90_000)], 100_000)).toEqual([
    { ...exec, phase: 'begin', atMs: 10_000 },
  ])
})

test('it is told once, and once more when it has gone', () => {
  const executions = new PluginExecutions()
  executions.look([running(7, 100)], 1000)
  expect(executions.look([running(7, 600)], 1500)).toEqual([])
  expect(executions.look([], 2000)).toEqual([
    { ...exec, phase: 'end', outcome: 'ended', atMs: 2000 },
  ])
  expect(executions.look([], 2500)).toEqual([])
})

test('a process that got the number of another is another', () => {
  const executions = new PluginExecutions()
  executions.look([running(7, 100, 1)], 1000)
  const events = executions.look([running(7, 100, 2)], 1500)
  expect(events.map(({ id, phase }) => `${id} ${phase}`)).toEqual(['2 begin', '1 end'])
})

test('a plugin that was seen before it had become one is told by its own name', () => {
  const executions = new PluginExecutions()
  executions.look([{ ...running(7, 100), plugin: 'multus' }], 1000)
  const events = executions.look([running(7, 600)], 1500)
  expect(events.map(({ plugin, phase }) => `${plugin} ${phase}`)).toEqual([
    'bridge begin',
    'multus end',
  ])
})
