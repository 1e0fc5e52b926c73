import { crc32, deflateRawSync } from 'node:zlib'

/** A file of an archive that a test makes. */
export interface Packed {
  readonly path: string
  readonly content: string | Buffer
  /** The type flag of tar: `2` for a link, `3` for a device. */
  readonly type?: string
  /** What the header says of the size, if that is not the truth. */
  readonly size?: number
}

/** A tar archive, in the format of POSIX. */
export function tarOf(files: readonly Packed[]): Buffer {
  return Buffer.concat([...files.map(tarFile), Buffer.alloc(1024)])
}

function tarFile({ path, content, type = '0', size }: Packed): Buffer {
  const body = Buffer.from(content)
  const long = Buffer.byteLength(path) > 100
  const header = Buffer.alloc(512)
  header.write(long ? path.slice(0, 90) : path, 0)
  header.write('0000644\0', 100)
  header.write(`${(size ?? body.length).toString(8).padStart(11, '0')}\0`, 124)
  header.write(
    `${Math.floor(Date.UTC(2026, 10, 25) / 1000)
      .toString(8)
      .padStart(11, '0')}\0`,
    136,
  )
  header.write(type, 156)
  header.write('ustar\u000000', 257)
  header.write('        ', 148)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const file = Buffer.concat([header, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
  if (!long || type !== '0') return file
  const record = ` path=${path}\n`
  const length = record.length + String(record.length + 2).length
  return Buffer.concat([tarFile({ path: 'pax', content: `${length}${record}`, type: 'x' }), file])
}

/** A zip archive; `mode` of a path that ends with `@link` is that of a link. */
export function zipOf(files: readonly Packed[]): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  let offset = 0
  for (const { path, content, type, size } of files) {
    const body = Buffer.from(content)
    const packed = deflateRawSync(body)
    const name = Buffer.from(path)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(body), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(size ?? body.length, 18)
    common.writeUInt16LE(name.length, 22)
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, packed])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(type === '2' ? 0xa1ff0000 : 0x81a40000, 6)
    tail.writeUInt32LE(offset, 10)
    centrals.push(
      Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 3]), common, tail, name]),
    )
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(files.length, 4)
  end.writeUInt16LE(files.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, directory, Buffer.from('PK\u0005\u0006'), end])
}
