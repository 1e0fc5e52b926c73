export { inLoadOrder } from './load-order.ts'
