import { z } from 'zod'

/** Where something is answered over HTTP: a host or address, and a port. In brackets an address may be of either family. */
export const httpAddress = z
  .string()
  .regex(/^(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}$/i, { error: 'expected e.g. 127.0.0.1:9809' })
