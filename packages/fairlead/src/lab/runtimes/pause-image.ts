import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { pauseExecutable } from '../../pause-executable.ts'

/** The name under which the pause image is imported and configured. */
export const PAUSE_IMAGE = 'fairlead.local/pause:1'

/** It packs some kilobytes. */
const TAR_TIMEOUT_MS = 20_000

/** An image layout in a folder; a digest is `sha256:` and 64 hex digits. */
export interface PauseImage {
  /** Of the manifest. */
  readonly manifest: string
  /** Of the image's config. */
  readonly config: string
  /** Of its one layer, which is not compressed. */
  readonly diffId: string
  readonly layerSizeBytes: number
  /** The folder that the layer was packed from. */
  readonly rootfs: string
  blobPath(digest: string): string
}

/**
 * Writes an OCI image layout (image-spec v1.1 image-layout.md) of a pause image to `folder`:
 * one layer, one executable, no registry needed.
 */
export async function writePauseImage(folder: string): Promise<PauseImage> {
  const blobs = path.join(folder, 'image', 'blobs', 'sha256')
  const root = path.join(folder, 'rootfs')
  await mkdir(blobs, { recursive: true })
  await mkdir(root)
  await writeFile(path.join(root, 'pause'), pauseExecutable(process.arch), { mode: 0o755 })
  const layerPath = path.join(folder, 'layer.tar')
  await pack(root, layerPath)
  const layer = await readFile(layerPath)

  const store = async (bytes: Buffer, mediaType: string): Promise<Descriptor> => {
    const digest = createHash('sha256').update(bytes).digest('hex')
    await writeFile(path.join(blobs, digest), bytes)
    return { mediaType, digest: `sha256:${digest}`, size: bytes.length }
  }
  const layerDescriptor = await store(layer, 'application/vnd.oci.image.layer.v1.tar')
  const config = await store(
    json({
      architecture: process.arch === 'x64' ? 'amd64' : process.arch,
      os: 'linux',
      config: { Entrypoint: ['/pause'] },
      rootfs: { type: 'layers', diff_ids: [layerDescriptor.digest] },
    }),
    'application/vnd.oci.image.config.v1+json',
  )
  const manifest = await store(
    json({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config,
      layers: [layerDescriptor],
    }),
    'application/vnd.oci.image.manifest.v1+json',
  )
  const image = path.join(folder, 'image')
  await writeFile(path.join(image, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }))
  await writeFile(
    path.join(image, 'index.json'),
    json({
      schemaVersion: 2,
      manifests: [{ ...manifest, annotations: { 'io.containerd.image.name': PAUSE_IMAGE } }],
    }),
  )
  await pack(image, path.join(folder, 'pause.tar'))
  return {
    manifest: manifest.digest,
    config: config.digest,
    diffId: layerDescriptor.digest,
    layerSizeBytes: layer.length,
    rootfs: root,
    blobPath: (digest) => path.join(blobs, digest.replace('sha256:', '')),
  }
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}

/** Packs what a folder holds into a tar file. */
async function pack(folder: string, archive: string): Promise<void> {
  const args = ['-C', folder, '-cf', archive, '.']
  await promisify(execFile)('tar', args, { timeout: TAR_TIMEOUT_MS })
}
