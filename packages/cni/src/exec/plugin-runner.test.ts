import { execFile } from 'node:child_process'
import { chmod, copyFile, open, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { PluginTestbed, read } from '../../../../tests/plugin-testbed.ts'
import { pluginProcesses } from './plugin-processes.ts'

/** The beginning of a 64-bit little-endian executable. */
function elf(machine: number, bytes: number): Buffer {
  const header = Buffer.alloc(bytes)
  header.write('\u007fELF', 'latin1')
  header.set([2, 1, 1], 4)
  header.writeUInt16LE(2, 16)
  header.writeUInt16LE(machine, 18)
  return header
}

describe.each([
  ['processes', pluginProcesses],
  ['shells', undefined],
])('run by %s', (by, makeRunner) => {
  let bed: PluginTestbed

  beforeEach(async () => {
    bed = await PluginTestbed.open(makeRunner)
  })

  afterEach(() => bed.end())

  test('a plugin gets its environment and stdin, and what it writes is kept apart', async () => {
    const file = await bed.plugin('printf "%s %s" "$X" "$(cat)"; echo log >&2')
    expect(await bed.run(file, { stdin: '{"a":1}', env: { ...process.env, X: 'x' } })).toEqual({
      code: 'ok',
      stdout: 'x {"a":1}',
      stderr: 'log\n',
    })
  })

  test('a plugin that reads nothing of a large stdin is not in the way', async () => {
    const file = await bed.plugin('echo done')
    expect(await bed.run(file, { stdin: 'x'.repeat(5_000_000) })).toMatchObject({
      stdout: 'done\n',
    })
  })

  test('the error object of a plugin is decoded', async () => {
    const file = await bed.plugin(
      `echo '{"cniVersion":"1.1.0","code":7,"msg":"Invalid Configuration","details":"too small"}'; exit 1`,
    )
    const { code, error } = await bed.run(file)
    expect(code).toBe('FL_CNI_PLUGIN_ERROR')
    expect(error).toMatchObject({
      cniCode: 7,
      msg: 'Invalid Configuration',
      details: 'too small',
      network: 'n',
      plugin: 'plugin',
      verb: 'ADD',
      message: 'plugin plugin, network n, ADD: Invalid Configuration; too small',
    })
  })

  test.each([
    ['nothing at all', 'exit 3', 'the plugin failed with exit code 3'],
    ['a log only', 'echo oops >&2; exit 3', 'the plugin failed with exit code 3; oops'],
    ['garbage', 'echo "{{"; exit 3', 'the plugin failed with exit code 3; {{'],
    ['JSON that is no error', 'echo "{}"; exit 3', 'the plugin failed with exit code 3; {}'],
  ])('a plugin that fails and says %s is quoted', async (_, script, text) => {
    const { code, message } = await bed.run(await bed.plugin(script))
    expect(code).toBe('FL_CNI_PLUGIN_EXIT')
    expect(message).toBe(`plugin plugin, network n, ADD: ${text}`)
  })

  test('a plugin that dies by a signal is told so', async () => {
    const { code, message } = await bed.run(await bed.plugin('echo half; kill -SEGV $$'))
    expect(code).toBe('FL_CNI_PLUGIN_SIGNAL')
    expect(message).toContain('the plugin died by SIGSEGV')
  })

  test('a plugin that prints 100 MB is ended as soon as it is too much', async () => {
    const file = await bed.plugin('head -c 100000000 /dev/zero')
    expect(await bed.run(file)).toMatchObject({ code: 'FL_CNI_PLUGIN_OUTPUT_TOO_LONG' })
  })

  test('too much output that comes to light after the end is too much all the same', async () => {
    const file = await bed.plugin('head -c 5000 /dev/zero')
    expect(await bed.run(file, {}, { stdoutBytesMax: 4999 })).toMatchObject({
      code: 'FL_CNI_PLUGIN_OUTPUT_TOO_LONG',
    })
    expect(await bed.run(file, {}, { stdoutBytesMax: 5000 })).toMatchObject({ code: 'ok' })
  })

  test('of 10 MB on stderr the end is kept', async () => {
    const done = await bed.run(await bed.plugin('head -c 10000000 /dev/zero >&2; echo end >&2'))
    expect(done).toMatchObject({ code: 'ok' })
    expect(done.stderr?.length).toBe(16 * 1024)
    expect(done.stderr?.endsWith('end\n')).toBe(true)
  })

  test('a plugin that hangs is ended at its deadline, with all it started', async () => {
    const file = await bed.plugin('sleep 1000 & sleep 1000 & wait')
    const { code, message } = await bed.run(file, { timeoutMs: 200 })
    expect(code).toBe('FL_CNI_PLUGIN_DEADLINE')
    expect(message).toContain('not done after 200 ms and was ended')
  })

  test('a plugin that takes no notice of SIGTERM is ended by SIGKILL, and so is its child', async () => {
    const file = await bed.plugin(
      "trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & while :; do sleep 0.05; done",
    )
    expect(await bed.run(file, { timeoutMs: 200, killGraceMs: 200 })).toMatchObject({
      code: 'FL_CNI_PLUGIN_DEADLINE',
    })
  })

  test('a plugin may clean up between SIGTERM and SIGKILL', async () => {
    const file = await bed.plugin(
      `trap 'echo cleaned > ${bed.dir}/cleaned; exit 0' TERM; while :; do sleep 0.05; done`,
    )
    await bed.run(file, { timeoutMs: 200 })
    expect(read(path.join(bed.dir, 'cleaned'))).toBe('cleaned\n')
  })

  test('a caller that gives up ends the plugin', async () => {
    const caller = new AbortController()
    const file = await bed.plugin(`echo > ${bed.dir}/started; sleep 1000`)
    const done = bed.run(file, { signal: caller.signal })
    await expect.poll(() => read(path.join(bed.dir, 'started'))).toBeDefined()
    caller.abort()
    expect(await done).toMatchObject({ code: 'FL_CNI_ABORTED' })
  })

  test('a caller that has given up before starts nothing', async () => {
    const file = await bed.plugin(`echo > ${bed.dir}/started`)
    expect(await bed.run(file, { signal: AbortSignal.abort() })).toMatchObject({
      code: 'FL_CNI_ABORTED',
    })
    expect(read(path.join(bed.dir, 'started'))).toBeUndefined()
  })

  test('a grandchild that holds the output open holds nobody, and the result counts', async () => {
    const file = await bed.plugin(`sleep 1000 & echo $! > ${bed.dir}/pid; echo result`)
    expect(await bed.run(file)).toMatchObject({ code: 'ok', stdout: 'result\n' })
    // A process is ended with the pipes that it holds; a shell's plugins write to files, which are
    // nobody's concern.
    if (by === 'shells') process.kill(Number(read(path.join(bed.dir, 'pid'))), 'SIGKILL')
    await expect.poll(bed.survivors).toEqual([])
  })

  test('not even one that has left the group, which is then its own master', async () => {
    const file = await bed.plugin(
      `setsid sh -c 'echo $$ > ${bed.dir}/pid; exec sleep 1000' & sleep 0.2; echo result`,
    )
    expect(await bed.run(file)).toMatchObject({ code: 'ok', stdout: 'result\n' })
    process.kill(Number(read(path.join(bed.dir, 'pid'))), 'SIGKILL')
    await expect.poll(bed.survivors).toEqual([])
  })

  test('a daemon that a plugin leaves behind with pipes of its own is left alone', async () => {
    const file = await bed.plugin(
      `sleep 1000 </dev/null >/dev/null 2>&1 & echo $! > ${bed.dir}/pid; echo result`,
    )
    expect(await bed.run(file)).toMatchObject({ code: 'ok', stdout: 'result\n' })
    expect(bed.survivors()).toHaveLength(1)
    process.kill(Number(read(path.join(bed.dir, 'pid'))), 'SIGKILL')
    await expect.poll(bed.survivors).toEqual([])
  })

  test('a plugin that is being written is tried again with a new process', async () => {
    const file = path.join(bed.dir, 'plugin')
    await copyFile('/bin/echo', file)
    await chmod(file, 0o755)
    const writer = await open(file, 'r+')
    const done = bed.run(file)
    setTimeout(() => void writer.close(), 250)
    expect(await done).toMatchObject({ code: 'ok', stdout: '\n' })
  })

  test('a plugin that is being written for too long is told so', async () => {
    const file = path.join(bed.dir, 'plugin')
    await copyFile('/bin/echo', file)
    await chmod(file, 0o755)
    const writer = await open(file, 'r+')
    expect(await bed.run(file, {}, { busyTimeoutMs: 200 })).toMatchObject({
      code: 'FL_CNI_PLUGIN_BUSY',
    })
    await writer.close()
  })

  test.each([
    ['may not be executed', '#!/bin/sh\n', 0o644, 'it may not be executed'],
    ['is empty', '', 0o755, 'the file is empty'],
    ['is no program', 'echo I am run by a shell\n', 0o755, 'neither a program nor a script'],
    ['has no interpreter', '#!/no/such/interpreter\n', 0o755, 'it or its interpreter is not there'],
    ['is for another machine', elf(0xf7, 300), 0o755, 'machine type 247'],
    [
      'is cut short',
      elf(process.arch === 'arm64' ? 183 : 62, 40),
      0o755,
      'does not know its format',
    ],
  ])('a plugin that %s cannot be executed', async (_, content, mode, text) => {
    const file = path.join(bed.dir, 'plugin')
    await writeFile(file, content)
    await chmod(file, mode)
    const { code, message } = await bed.run(file)
    expect(message).toContain(text)
    expect(code).toBe('FL_CNI_PLUGIN_NOT_EXECUTABLE')
  })

  test('without a descriptor left no plugin is started, and nothing else happens', async () => {
    const script = `
      import { ${by === 'shells' ? 'pluginShells' : 'pluginProcesses'} as make } from '@fairlead/cni'
      import { openSync } from 'node:fs'
      const runner = make()
      const held = []
      try { for (;;) held.push(openSync('/dev/null', 'r')) } catch {}
      const done = await runner.run({ plugin: 'p', verb: 'ADD', path: '/bin/true', env: {}, stdin: '', timeoutMs: 5000, killGraceMs: 500 })
      process.stdout.write(done.ok ? 'ok' : done.error.code)`
    const node = [process.execPath, '-C', 'fairlead-source', '--input-type=module', '-e', script]
    const command = ['-c', 'ulimit -n 60; exec "$@"', 'sh', ...node]
    const { stdout } = await promisify(execFile)('sh', command, { cwd: import.meta.dirname })
    expect(stdout).toBe('FL_CNI_PLUGIN_START')
  })

  test('200 plugins at once leave nothing behind', async () => {
    const file = await bed.plugin('cat; sleep 0.0$(($$ % 10))')
    const done = await Promise.all(
      Array.from({ length: 200 }, (_, index) => bed.run(file, { stdin: String(index) })),
    )
    expect(done.map(({ stdout }) => stdout)).toEqual(done.map((_, index) => String(index)))
  })
})
