import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { PAUSE_IMAGE, type PauseImage } from './pause-image.ts'

/**
 * Puts the pause image into a store of containers/storage with the driver vfs, as a pull would have: CRI-O has no
 * other way in than a registry. What is written is what the store's `images.go`, `layers.go` and
 * `drivers/vfs` read (v1.55); it makes everything else itself.
 */
export async function writePauseStore(image: PauseImage, storeDir: string): Promise<void> {
  const [imageId, layerId] = [hexOf(image.config), hexOf(image.diffId)]
  const images = path.join(storeDir, 'vfs-images')
  const layers = path.join(storeDir, 'vfs-layers')
  const imageDir = path.join(images, imageId)
  const layerDir = path.join(storeDir, 'vfs', 'dir', layerId)
  for (const dir of [layers, imageDir, path.dirname(layerDir)])
    await mkdir(dir, { recursive: true })
  await cp(image.rootfs, layerDir, { recursive: true })
  const blobs = new Map([
    ['manifest', image.manifest],
    [`manifest-${image.manifest}`, image.manifest],
    [image.config, image.config],
  ])
  const sizes: Record<string, number> = {}
  for (const [name, digest] of blobs) {
    const bytes = await readFile(image.blobPath(digest))
    sizes[name] = bytes.length
    await writeFile(path.join(imageDir, fileNameOf(name)), bytes)
  }
  const created = '1970-01-01T00:00:00Z'
  const layer = {
    id: layerId,
    created,
    'compressed-diff-digest': image.diffId,
    'diff-digest': image.diffId,
    'diff-size': image.layerSizeBytes,
    'compressed-size': image.layerSizeBytes,
  }
  await writeFile(path.join(layers, 'layers.json'), JSON.stringify([layer]))
  const record = {
    id: imageId,
    digest: image.manifest,
    names: [PAUSE_IMAGE],
    layer: layerId,
    'big-data-names': [...blobs.keys()],
    'big-data-sizes': sizes,
    'big-data-digests': Object.fromEntries(blobs),
    created,
  }
  await writeFile(path.join(images, 'images.json'), JSON.stringify([record]))
}

function hexOf(digest: string): string {
  return digest.replace('sha256:', '')
}

/** images.go `makeBigDataBaseName`: what is more than a-z, 0-9 and dots is written in base 64. */
function fileNameOf(name: string): string {
  return /^[a-z0-9.]+$/.test(name) ? name : `=${Buffer.from(name).toString('base64')}`
}
