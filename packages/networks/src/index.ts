export { inLoadOrder, isConfFile } from './load-order.ts'
