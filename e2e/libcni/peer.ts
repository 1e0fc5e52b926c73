import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { debianPackages } from '../debian.ts'
import { goProgram } from '../go.ts'
import type { Operation } from './operation.ts'

const SOURCES = import.meta.dirname

/** What libcni came to. */
type PeerAnswer =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly error: {
        readonly text: string
        readonly code: number
        readonly msg: string
        readonly details: string
      }
    }

/** libcni in a process of its own, one operation after the other. */
export interface Peer extends AsyncDisposable {
  readonly ask: (operation: Operation) => Promise<PeerAnswer>
}

/**
 * The program of `main.go` and `bench.go`, built with Debian's Go over Debian's libcni 1.3: its
 * path. Built once for each state of the sources.
 */
export async function buildPeer(): Promise<string> {
  const names = (await readdir(SOURCES)).filter((name) => name.endsWith('.go')).sort()
  return goProgram(
    'libcni',
    names.map((name) => path.join(SOURCES, name)),
    () => debianPackages('forky', ['golang-github-appc-cni-dev']),
  )
}

/** Starts `peer serve` of the program at `file`. */
export function startPeer(file: string): Peer {
  const child = spawn(file, ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => {
      reject(new Error(`the peer ended with exit code ${code}`))
    })
  })
  // Whoever asks then is told; nobody need ask.
  ended.catch(() => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    ask: async (operation) => {
      child.stdin.write(`${JSON.stringify(operation)}\n`)
      const line = await Promise.race([lines.next(), ended])
      return JSON.parse(String(line.value)) as PeerAnswer
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended.catch(() => {})
    },
  }
}
