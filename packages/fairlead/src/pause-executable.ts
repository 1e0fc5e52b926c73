import { FairleadError } from './errors.ts'

// One system call in a loop, as machine code.
const CODE: Readonly<Record<string, { machine: number; code: readonly number[] }>> = {
  // EM_X86_64. again: mov eax, 34 (pause); syscall; jmp again
  x64: { machine: 62, code: [0xb8, 0x22, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xeb, 0xf7] },
  // EM_AARCH64. again: mov x0..x4, #0; mov x8, #73 (ppoll); svc #0; b again
  arm64: {
    machine: 183,
    code: [
      0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd2800928, 0xd4000001,
      0x17fffff9,
    ].flatMap((word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24]),
  },
}

const LOAD_ADDRESS = 0x400000
const HEADERS_BYTES = 64 + 56

/**
 * The smallest static ELF executable that sleeps for ever: one loadable segment, no sections
 * (System V ABI, chapters 4 and 5).
 *
 * @throws {FairleadError} FL_RUNTIME_START on an architecture other than x64 and arm64.
 */
export function pauseExecutable(arch: string): Buffer {
  const target = CODE[arch]
  if (target === undefined) {
    throw new FairleadError('FL_RUNTIME_START', `There is no pause executable for ${arch}.`, {
      hint: 'Sandboxes take x64 or arm64.',
    })
  }
  const size = HEADERS_BYTES + target.code.length
  const elf = Buffer.alloc(size)
  elf.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0) // magic, 64-bit, little-endian, version
  elf.writeUInt16LE(2, 16) // ET_EXEC
  elf.writeUInt16LE(target.machine, 18)
  elf.writeUInt32LE(1, 20) // EV_CURRENT
  elf.writeBigUInt64LE(BigInt(LOAD_ADDRESS + HEADERS_BYTES), 24) // entry point
  elf.writeBigUInt64LE(64n, 32) // program headers follow the ELF header
  elf.writeUInt16LE(64, 52) // size of the ELF header
  elf.writeUInt16LE(56, 54) // size of a program header
  elf.writeUInt16LE(1, 56) // one program header
  elf.writeUInt32LE(1, 64) // PT_LOAD
  elf.writeUInt32LE(5, 68) // readable, executable
  elf.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 80) // virtual address
  elf.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 88) // physical address
  elf.writeBigUInt64LE(BigInt(size), 96) // size in the file
  elf.writeBigUInt64LE(BigInt(size), 104) // size in memory
  elf.writeBigUInt64LE(0x1000n, 112) // alignment
  elf.set(target.code, HEADERS_BYTES)
  return elf
}
