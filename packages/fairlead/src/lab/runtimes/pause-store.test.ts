import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { writePauseImage } from './pause-image.ts'
import { writePauseStore } from './pause-store.ts'

test('the image in the store has every blob under the name and digest that its record says', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fairlead-store-'))
  const image = await writePauseImage(path.join(folder, 'image'))
  const store = path.join(folder, 'store')
  await writePauseStore(image, store)

  const [record] = JSON.parse(await readFile(path.join(store, 'vfs-images/images.json'), 'utf8'))
  expect(record.names).toEqual(['fairlead.local/pause:1'])
  const dir = path.join(store, 'vfs-images', record.id)
  const found = new Map<string, Buffer>()
  for (const file of await readdir(dir)) {
    const name = file.startsWith('=') ? Buffer.from(file.slice(1), 'base64').toString() : file
    found.set(name, await readFile(path.join(dir, file)))
  }
  expect([...found.keys()].toSorted()).toEqual(record['big-data-names'].toSorted())
  for (const [name, bytes] of found) {
    expect(record['big-data-sizes'][name]).toBe(bytes.length)
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    expect(record['big-data-digests'][name]).toBe(digest)
  }
  const [layer] = JSON.parse(await readFile(path.join(store, 'vfs-layers/layers.json'), 'utf8'))
  expect(layer.id).toBe(record.layer)
  expect(await readdir(path.join(store, 'vfs/dir', layer.id))).toEqual(['pause'])
  await rm(folder, { recursive: true })
})
