import { buildRouteMap } from '@stricli/core'
import { slotListCommand } from './slot-list.ts'
import { slotSignCommand } from './slot-sign.ts'
import { slotStageCommand } from './slot-stage.ts'

/** `fairlead runtime-slot ...`. */
export const slotRoutes = buildRouteMap({
  routes: { list: slotListCommand, stage: slotStageCommand, sign: slotSignCommand },
  docs: { brief: 'Versions of containerd side by side, each checked and with its config' },
})
