import type { CriClient } from '@fairlead/cri'
import { expect, test } from 'vitest'
import type { Clock } from '../ports.ts'
import { lookAt, nextState, type RuntimeState } from './runtime-watch.ts'

const { signal } = new AbortController()

// Was: silences of 4 s each counted as one, and a plugin that had nothing to do with them was ended.
test('a Status that answers late each time is not silent for longer than that', async () => {
  const runtime = new Runtime(4_000)
  let state: RuntimeState = { kind: 'unknown' }
  const silencesMs: number[] = []
  for (let look = 0; look < 20; look += 1) {
    const beganMs = runtime.nowMs
    state = nextState(state, await runtime.look(signal), beganMs)
    if (state.kind === 'stalled') silencesMs.push(runtime.nowMs - state.sinceMs)
    await runtime.clock.sleep(2_000)
  }
  expect(silencesMs.length).toBeGreaterThan(5)
  expect(Math.max(...silencesMs)).toBeLessThan(6_000)
  expect(runtime.openMax).toBe(1)
})

test('one that does not answer is silent from its first call on, and asked no more often than kubelet does', async () => {
  const runtime = new Runtime(Infinity)
  let state: RuntimeState = { kind: 'unknown' }
  while (runtime.nowMs < 300_000) {
    const beganMs = runtime.nowMs
    state = nextState(state, await runtime.look(signal), beganMs)
    await runtime.clock.sleep(2_000)
  }
  expect(state).toEqual({ kind: 'stalled', sinceMs: 0 })
  expect(runtime.calls).toBe(3)
})

// Was: counted anew when listings were answered again, so that whoever had so much to do was helped later.
test('a silence is one, although listings are silent in it for a while, too', async () => {
  const runtime = new Runtime(Infinity)
  const states: RuntimeState[] = []
  let state: RuntimeState = { kind: 'unknown' }
  while (runtime.nowMs < 25_000) {
    const beganMs = runtime.nowMs
    runtime.lists = beganMs < 8_000 || beganMs > 16_000
    state = nextState(state, await runtime.look(signal), beganMs)
    states.push(state)
    await runtime.clock.sleep(2_000)
  }
  const kinds = states.map(({ kind }) => kind)
  expect(kinds).toEqual(['stalled', 'stalled', 'overloaded', 'overloaded', 'stalled'])
  expect(states.every((one) => 'sinceMs' in one && one.sinceMs === 0)).toBe(true)
})

test('a Status that is answered while a listing is waited for is silent no longer', async () => {
  const runtime = new Runtime(4_000)
  runtime.listTakesMs = 2_000
  expect(await runtime.look(signal)).toEqual({ kind: 'silent', sinceMs: 5_000, lists: true })
})

/** Answers Status after `takesMs`, on a clock that whoever sleeps moves. */
class Runtime {
  nowMs = 0
  calls = 0
  openMax = 0
  /** Whether a listing is answered, and after how long. */
  lists = true
  listTakesMs = 0
  readonly #due: { readonly atMs: number; readonly fire: () => void }[] = []
  #open = 0
  readonly clock: Clock = {
    now: () => this.nowMs,
    sleep: (ms) => this.#pass(ms),
  }
  readonly look

  constructor(takesMs: number) {
    // Of an answer only what is read of it.
    const cri = {
      status: async (_request: unknown, { timeoutMs }: { timeoutMs: number }) => {
        this.calls += 1
        this.#open += 1
        this.openMax = Math.max(this.openMax, this.#open)
        await this.#at(this.nowMs + Math.min(takesMs, timeoutMs))
        this.#open -= 1
        return takesMs < timeoutMs
          ? { ok: true, value: { status: { conditions: [] } } }
          : { ok: false, error: { reason: 'deadline' } }
      },
      listPodSandbox: async () => {
        await this.#pass(this.listTakesMs)
        return { ok: this.lists }
      },
    } as unknown as CriClient
    this.look = lookAt(cri, { timeoutMs: 3_000, clock: this.clock, signal })
  }

  #at(atMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#due.push({ atMs, fire: resolve })
    })
  }

  async #pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms
    while (this.nowMs < untilMs) {
      this.nowMs += 500
      for (const due of this.#due.splice(0)) {
        if (due.atMs > this.nowMs) this.#due.push(due)
        else due.fire()
      }
      await new Promise((resolve) => void setImmediate(resolve))
    }
  }
}
