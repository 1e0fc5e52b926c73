import path from 'node:path'
import { test, type TestAPI } from 'vitest'
import { debianPackages } from '../debian.ts'
import { Node, type NodeOptions } from './node.ts'

/** The CNI plugins of Debian forky, 1.9.1, unpacked and not installed. */
export async function pluginDir(): Promise<string> {
  const unpacked = await debianPackages('forky', ['containernetworking-plugins'])
  return path.join(unpacked, 'usr', 'lib', 'cni')
}

/** A test with a node of its own that has those plugins. */
export function testOnNode(
  options: Omit<NodeOptions, 'binDir'> = {},
): TestAPI<{ readonly node: Node }> {
  return test.extend<{ readonly node: Node }>({
    // Vitest takes a pattern only, and there is nothing to take.
    // oxlint-disable-next-line no-empty-pattern
    node: async ({}, use) => {
      const node = await Node.start({ ...options, binDir: await pluginDir() })
      try {
        await use(node)
      } finally {
        await node.end()
      }
    },
  })
}
