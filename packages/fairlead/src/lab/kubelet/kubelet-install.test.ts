import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inspectKubelet } from './kubelet-install.ts'

let assets: string

beforeEach(async () => {
  assets = await mkdtemp(path.join(tmpdir(), 'fairlead-assets-'))
})

afterEach(async () => {
  await rm(assets, { recursive: true })
})

async function fake(program: string, output: string): Promise<string> {
  const file = path.join(assets, program)
  await writeFile(file, `#!/bin/sh\necho '${output}'\n`, { mode: 0o755 })
  return file
}

test('a kubelet is taken with kube-apiserver and etcd from KUBEBUILDER_ASSETS', async () => {
  const kubelet = await fake('kubelet', 'Kubernetes v1.32.13')
  const kubeApiserver = await fake('kube-apiserver', 'Kubernetes v1.32.13')
  const etcd = await fake('etcd', 'etcd Version: 3.5.16')
  expect(await inspectKubelet(kubelet, { KUBEBUILDER_ASSETS: assets })).toEqual({
    version: '1.32.13',
    kubelet,
    kubeApiserver,
    etcd,
  })
})

test('without KUBEBUILDER_ASSETS it is refused, and told what that is', async () => {
  await expect(inspectKubelet('/usr/bin/kubelet', {})).rejects.toMatchObject({
    code: 'FL_KUBELET_BINARY',
    exitCode: 2,
    message: expect.stringContaining('KUBEBUILDER_ASSETS does not say where they are'),
  })
})

test('the program that is missing, or is another, is named', async () => {
  const kubelet = await fake('kubelet', 'containerd v2')
  await fake('kube-apiserver', 'Kubernetes v1.32.13')
  const inspected = () => inspectKubelet(kubelet, { KUBEBUILDER_ASSETS: assets })
  await expect(inspected()).rejects.toMatchObject({
    message: expect.stringContaining(`${assets}/etcd does not run here`),
  })
  await fake('etcd', 'etcd Version: 3.5.16')
  await expect(inspected()).rejects.toMatchObject({
    message: expect.stringContaining('prints "containerd v2", which is no kubelet'),
  })
})
