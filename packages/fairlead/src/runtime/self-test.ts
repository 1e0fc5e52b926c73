import { type CriServices, criStubs, serveCri } from '@fairlead/cri'

// After so many V8 has compiled what a call goes through; all of them take a tenth of a second.
const ROUNDS = 20
const TIMEOUT_MS = 10_000

/**
 * Asks a runtime what kubelet will ask it all the time, on a socket of its own, before anybody can: so a
 * runtime that cannot answer does not begin to serve, and the first answer is as quick as any later one.
 * Throws what the socket or a call throws.
 */
export async function askItself(socketPath: string, services: CriServices): Promise<void> {
  await using _server = await serveCri(socketPath, services)
  using stubs = criStubs(socketPath)
  const { runtime } = stubs
  const call = { timeoutMs: TIMEOUT_MS }
  for (let round = 0; round < ROUNDS; round += 1) {
    await Promise.all([
      runtime.status({}, call),
      runtime.listPodSandbox({}, call),
      runtime.status({ verbose: true }, call),
      runtime.version({}, call),
    ])
  }
}
